package dev.javelin.models;

import dev.javelin.api.DType;
import dev.javelin.api.Loss;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TrainingModule;

/**
 * Classifies feature vectors by an {@link Mlp}, trained by cross-entropy. Reads the fields {@code features}, floating
 * [B, F], and {@code label}, INT32 [B]; rows labelled −1 do not count. Logs {@code accuracy}, the share of rows whose
 * class has the highest score.
 */
public final class MlpClassifier implements TrainingModule {
    private static final int IGNORED = -1;

    private final Mlp model;

    /** A classifier of feature vectors with hidden layers of the given widths. */
    public MlpClassifier(long features, long classes, long... hidden) {
        model = new Mlp(widths(features, classes, hidden));
    }

    /** The widths of all layers, input and output included. */
    static long[] widths(long in, long out, long... hidden) {
        long[] widths = new long[hidden.length + 2];
        System.arraycopy(hidden, 0, widths, 1, hidden.length);
        widths[0] = in;
        widths[widths.length - 1] = out;
        return widths;
    }

    @Override
    public Mlp model() {
        return model;
    }

    @Override
    public Loss trainingStep(Step step) {
        Tensor scores = model.apply(step.input("features")); // [B, V]
        Tensor labels = step.input("label"); // [B]
        step.log("accuracy", accuracy(scores.stopGradient(), labels));
        return scores.crossEntropy(labels, IGNORED);
    }

    /** The share of the rows that count in which no class has a higher score than the right one: scalar. */
    private static Tensor accuracy(Tensor scores, Tensor labels) { // [B, V], [B]
        Tensor classes = scores.iota(scores.type().withDType(DType.INT32), 1); // [B, V]
        Tensor none = scores.full(Shape.scalar(), 0);
        Tensor one = scores.full(Shape.scalar(), 1);
        Tensor own = classes.equal(labels.reshape(-1, 1)).select(scores, none).sum(1); // [B]
        Tensor counted = labels.less(labels.full(Shape.scalar(), 0)).select(none, one); // [B]
        Tensor right = own.less(scores.max(1)).select(none, counted); // [B]
        return right.sum().divide(counted.sum().maximum(one));
    }
}
