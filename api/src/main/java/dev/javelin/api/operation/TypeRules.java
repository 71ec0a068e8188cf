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

    /** Each input is FLOAT32 or the one 16-bit type of the instruction; or all are FLOAT64. */
    static void mixed(String operation, List<TensorType> inputs) {
        List<DType> others = inputs.stream()
                .map(TensorType::dtype)
                .filter(dtype -> dtype != DType.FLOAT32)
                .distinct()
                .toList();
        boolean narrow =
                others.isEmpty() || others.size() == 1 && others.getFirst().half();
        if (!narrow && inputs.stream().anyMatch(input -> input.dtype() != DType.FLOAT64)) {
            throw misfit(operation, inputs, "F32 and at most one of BF16 and F16, or F64 throughout");
        }
    }

    /** A parameter or table beside values of {@code dtype}: of that type, or FLOAT32 beside a 16-bit type. */
    static boolean beside(DType dtype, TensorType other) {
        return other.dtype() == dtype || other.dtype() == dtype.wide();
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
