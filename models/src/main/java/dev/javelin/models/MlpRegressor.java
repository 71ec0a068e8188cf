package dev.javelin.models;

import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TrainingModule;

/**
 * Predicts a number from a feature vector by an {@link Mlp} with one output, trained by the mean squared error. Reads the
 * fields {@code features}, floating [B, F], and {@code label}, floating [B].
 */
public final class MlpRegressor implements TrainingModule {
    private final Mlp model;

    /** A model of feature vectors with hidden layers of the given widths. */
    public MlpRegressor(long features, long... hidden) {
        model = new Mlp(MlpClassifier.widths(features, 1, hidden));
    }

    @Override
    public Mlp model() {
        return model;
    }

    @Override
    public Loss trainingStep(Step step) {
        Tensor output = model.apply(step.input("features")).reshape(-1); // [B]
        Tensor label = step.input("label").cast(output.dtype()); // [B]
        return output.meanSquaredError(label, step.rowWeights());
    }
}
