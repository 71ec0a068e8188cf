package dev.javelin.engine.run;

import dev.javelin.api.trainer.LossScaling;

/**
 * What a step's numbers depend on where losses are scaled.
 *
 * @param scale that gradients are computed with; 1 where losses are not scaled
 * @param skipped steps before this one that wrote nothing: optimizers count the others
 */
public record StepScale(double scale, long skipped) {

    /** Without scaling. */
    public static StepScale none() {
        return new StepScale(1, 0);
    }

    /** Of the first step. */
    public static StepScale first(LossScaling scaling) {
        return new StepScale(scaling.initial(), 0);
    }
}
