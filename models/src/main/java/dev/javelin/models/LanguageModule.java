package dev.javelin.models;

import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TrainingModule;

/**
 * A {@link LanguageModel} trained to predict the next token. Reads the fields {@code tokens} and {@code targets}, both INT32
 * [B, T]; positions whose target is −1 do not count. The loss is the cross-entropy in nats per token.
 */
public final class LanguageModule implements TrainingModule {
    private static final int IGNORED = -1;

    private final LanguageModel model;

    public LanguageModule(LanguageModel model) {
        this.model = model;
    }

    @Override
    public LanguageModel model() {
        return model;
    }

    @Override
    public Loss trainingStep(Step step) {
        Tensor logits = model.apply(step.input("tokens")); // [B, T, V]
        return logits.crossEntropy(step.input("targets"), IGNORED);
    }
}
