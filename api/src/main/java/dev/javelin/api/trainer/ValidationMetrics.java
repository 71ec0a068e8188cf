package dev.javelin.api.trainer;

import java.util.Map;

/**
 * What is known after a validation.
 *
 * @param step optimizer steps done, counted from 1
 * @param loss weighted mean over the validation data
 * @param logged scalars reported by the module under their names: means over batches, each counted by its weight
 */
public record ValidationMetrics(long step, double loss, Map<String, Double> logged) {
    public ValidationMetrics {
        logged = Map.copyOf(logged);
    }
}
