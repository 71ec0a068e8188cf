package dev.javelin.spi.collective;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import java.util.List;

/** What the shape rules of collectives check. */
final class Rules {
    private Rules() {}

    static void floating(String operation, List<TensorType> inputs) {
        if (inputs.size() != 1 || !inputs.getFirst().dtype().floating()) {
            throw misfit(operation, inputs, "one floating input");
        }
    }

    static void flat(String operation, List<TensorType> inputs, int parts) {
        if (inputs.size() != 1
                || inputs.getFirst().shape().rank() != 1
                || inputs.getFirst().elements() % parts != 0) {
            throw misfit(operation, inputs, "one flat input of " + parts + " equal parts");
        }
    }

    private static JavelinException misfit(String operation, List<TensorType> inputs, String expected) {
        return new JavelinException(
                "JVL-API-0010",
                operation + ": inputs are " + inputs + ", expected " + expected,
                "pad and flatten what is given to a collective");
    }
}
