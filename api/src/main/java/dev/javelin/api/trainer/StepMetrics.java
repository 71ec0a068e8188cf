package dev.javelin.api.trainer;

import java.util.Map;

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
        StepWork work) {
    public StepMetrics {
        logged = Map.copyOf(logged);
    }
}
