package dev.javelin.api.trainer;

/**
 * What loss scaling did in a step.
 *
 * @param scale that the step was computed with
 * @param skipped true if gradients overflowed and the step wrote nothing
 * @param skippedSteps of the run so far, this one included
 */
public record ScaledStep(double scale, boolean skipped, long skippedSteps) {}
