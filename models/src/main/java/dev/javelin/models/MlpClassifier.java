package dev.javelin.models;

import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TrainingModule;

/**
 * Classifies feature vectors by an {@link Mlp}, trained by cross-entropy. Reads the fields {@code features}, floating
 * [B, F], and {@code label}, INT32 [B]; rows labelled −1 do not count.
 */
public final class MlpClassifier implements TrainingModule {
    private static final int IGNORED = -1;

    private final Mlp model;

    /** A classifier of feature vectors with hidden layers of the given widths. */
    public MlpClassifier(long features, long classes, long... hidden) {
        long[] widths = new long[hidden.length + 2];
        System.arraycopy(hidden, 0, widths, 1, hidden.length);
        widths[0] = features;
        widths[widths.length - 1] = classes;
        model = new Mlp(widths);
    }

    @Override
    public Layer model() {
        return model;
    }

    @Override
    public Loss trainingStep(Step step) {
        Tensor scores = model.apply(step.input("features")); // [B, V]
        return scores.crossEntropy(step.input("label"), IGNORED);
    }
}
