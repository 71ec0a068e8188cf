package dev.javelin.api.optimizer;

import dev.javelin.api.Parameter;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * Parameters that share an update rule and a factor on the learning rate. Groups are tried in order; each parameter
 * belongs to the first that matches.
 *
 * @param name in reports and checkpoints
 * @param matches (path, parameter) → whether it belongs here
 */
public record ParameterGroup(
        String name, BiPredicate<String, Parameter> matches, Optimizer optimizer, double learningRateFactor) {

    /** One group for all parameters. */
    public static List<ParameterGroup> all(Optimizer optimizer) {
        return List.of(new ParameterGroup("all", (path, parameter) -> true, optimizer, 1));
    }

    /** The usual pair for AdamW: biases and norm weights (rank below 2) without decay, the rest with it. */
    public static List<ParameterGroup> noDecayForVectors(AdamW optimizer) {
        return List.of(
                new ParameterGroup(
                        "vectors", (path, parameter) -> parameter.shape().rank() < 2, optimizer.withWeightDecay(0), 1),
                new ParameterGroup("matrices", (path, parameter) -> true, optimizer, 1));
    }
}
