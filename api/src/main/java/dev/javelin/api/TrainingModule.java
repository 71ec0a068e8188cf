package dev.javelin.api;

/**
 * A model and its loss: all that a user writes. Both are traced once per signature; Java code in them runs while the
 * program is written, never per step.
 */
public interface TrainingModule {

    /** The root of the layer tree; the same object at every call. */
    Layer model();

    /** Writes the loss of one batch of rows. */
    Loss trainingStep(Step step);

    /** Writes the loss of one batch for evaluation; by default the training step, with dropout off. */
    default Loss validationStep(Step step) {
        return trainingStep(step);
    }
}
