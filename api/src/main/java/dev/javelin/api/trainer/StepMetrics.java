package dev.javelin.api.trainer;

import java.util.Map;
import java.util.Optional;

/**
 * What is known after a training step.
 *
 * @param step counted from 1
 * @param loss weighted mean over the batch
 * @param gradientNorm before clipping
 * @param tokensPerSecond elements of the first input field per second (rows, for data without positions)
 * @param deviceBytes peak bytes allocated on the device so far
 * @param communication what the first rank's collectives sent; nothing for one rank
 * @param logged scalars reported by the module under their names
 * @param work what the step worked on, and how fast
 * @param scaling where losses are scaled: by what, and whether the step was skipped
 */
public record StepMetrics(
        long step,
        double loss,
        double gradientNorm,
        double learningRate,
        double tokensPerSecond,
        long deviceBytes,
        double elapsedSeconds,
        Communication communication,
        Map<String, Double> logged,
        StepWork work,
        Optional<ScaledStep> scaling) {
    public StepMetrics {
        logged = Map.copyOf(logged);
    }

    /** Of a step without loss scaling. */
    public StepMetrics(
            long step,
            double loss,
            double gradientNorm,
            double learningRate,
            double tokensPerSecond,
            long deviceBytes,
            double elapsedSeconds,
            Communication communication,
            Map<String, Double> logged,
            StepWork work) {
        this(
                step,
                loss,
                gradientNorm,
                learningRate,
                tokensPerSecond,
                deviceBytes,
                elapsedSeconds,
                communication,
                logged,
                work,
                Optional.empty());
    }
}
