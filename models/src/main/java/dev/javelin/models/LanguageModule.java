package dev.javelin.models;

import dev.javelin.api.GenerativeModule;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;

/**
 * A {@link LanguageModel} trained to predict the next token. Reads the fields {@code tokens} and {@code targets}, both INT32
 * [B, T]; positions whose target is −1 do not count. The loss is the cross-entropy in nats per token. A generator lets it
 * write.
 */
public final class LanguageModule implements GenerativeModule {
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

    @Override
    public long vocabulary() {
        return model.spec().vocab();
    }

    @Override
    public long positions() {
        return model.spec().block();
    }

    @Override
    public Tensor nextLogits(Tensor tokens, Tensor positions, Tensor rows, long capacity) {
        return model.next(tokens, rows, new KeyValueCache(positions, capacity));
    }
}
