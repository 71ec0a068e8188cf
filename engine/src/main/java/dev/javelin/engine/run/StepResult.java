package dev.javelin.engine.run;

import dev.javelin.api.trainer.Communication;
import java.util.Map;

/**
 * What a program reported.
 *
 * @param lossSum over all micro-batches and ranks
 * @param weight over all micro-batches and ranks
 * @param gradientNorm of the mean gradient before clipping; NaN for validation
 * @param finite false if the step met a number that is not finite and wrote nothing
 * @param logged means over micro-batches, of several ranks by the weight of their rows, by name
 * @param communication what this rank sent
 */
public record StepResult(
        double lossSum,
        double weight,
        double gradientNorm,
        boolean finite,
        Map<String, Double> logged,
        Communication communication) {
    public StepResult {
        logged = Map.copyOf(logged);
    }

    /** Mean loss. */
    public double loss() {
        return lossSum / weight;
    }
}
