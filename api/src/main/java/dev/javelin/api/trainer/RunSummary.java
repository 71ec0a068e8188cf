package dev.javelin.api.trainer;

/**
 * What is known before the first step.
 *
 * @param parameters number of trainable and frozen elements
 * @param firstStep the step that comes next; above 1 after a resume
 * @param predictedPeakDeviceBytes what the plan will allocate on the device at most
 * @param model its layers, and what the plan needs for them
 */
public record RunSummary(
        long parameters,
        long firstStep,
        long maxSteps,
        long batch,
        long predictedPeakDeviceBytes,
        ModelSummary model) {}
