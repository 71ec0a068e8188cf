package dev.javelin.engine.run;

import java.util.Map;

/**
 * What a program reported.
 *
 * @param lossSum over all micro-batches
 * @param weight over all micro-batches
 * @param gradientNorm of the mean gradient before clipping; NaN for validation
 * @param finite false if the step met a number that is not finite and wrote nothing
 * @param logged means over micro-batches, by name
 */
public record StepResult(
        double lossSum, double weight, double gradientNorm, boolean finite, Map<String, Double> logged) {
    public StepResult {
        logged = Map.copyOf(logged);
    }

    /** Mean loss. */
    public double loss() {
        return lossSum / weight;
    }
}
