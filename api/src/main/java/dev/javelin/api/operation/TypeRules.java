package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import java.util.List;

/** The checks that shape rules share. Each failure names the operation, the actual types and the expected form. */
final class TypeRules {

    private TypeRules() {}

    static void count(String operation, List<TensorType> inputs, int expected) {
        if (inputs.size() != expected) {
            throw misfit(operation, inputs, expected + " inputs");
        }
    }

    static void floating(String operation, List<TensorType> inputs) {
        DType dtype = inputs.getFirst().dtype();
        for (TensorType input : inputs) {
            if (!input.dtype().floating() || input.dtype() != dtype) {
                throw misfit(operation, inputs, "floating inputs of one dtype");
            }
        }
    }

    static void require(boolean condition, String operation, List<TensorType> inputs, String expected) {
        if (!condition) {
            throw misfit(operation, inputs, expected);
        }
    }

    static JavelinException misfit(String operation, List<TensorType> inputs, String expected) {
        return new JavelinException(
                "JVL-API-0010",
                operation + ": inputs are " + inputs + ", expected " + expected,
                "check the shapes and dtypes that lead here");
    }
}
