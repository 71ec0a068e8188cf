package dev.javelin.benchmarks.kernels;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * A fast kernel to measure: the operation at a size that no cache holds, as it is in a training step.
 *
 * @param inputs types of its inputs; INT32 inputs hold numbers below {@code bound}
 * @param limit what it cannot be faster than
 * @param work bytes moved, or floating-point operations, of a call; 0 takes what the kernel's plan says
 */
record KernelCase(String name, Operation operation, List<TensorType> inputs, int bound, Limit limit, double work) {

    /** COPY: of bytes between arrays; PRODUCT: of a large square matrix product, by the same kernels. */
    enum Limit {
        COPY,
        PRODUCT
    }

    static KernelCase copying(String name, Operation operation, TensorType... inputs) {
        return new KernelCase(name, operation, List.of(inputs), 2, Limit.COPY, 0);
    }

    static KernelCase multiplying(String name, Operation operation, TensorType... inputs) {
        return new KernelCase(name, operation, List.of(inputs), 2, Limit.PRODUCT, 0);
    }

    /** With this work, where the plan counts memory that is not touched. */
    KernelCase withWork(double amount) {
        return new KernelCase(name, operation, inputs, bound, limit, amount);
    }

    KernelCase withBound(int below) {
        return new KernelCase(name, operation, inputs, below, limit, work);
    }

    List<TensorType> outputs() {
        return operation.infer(inputs);
    }

    /** Shapes of the inputs, for the table. */
    String shapes() {
        StringBuilder text = new StringBuilder();
        for (TensorType type : inputs) {
            if (type.elements() > 1) {
                text.append(text.isEmpty() ? "" : " ").append(type.shape());
            }
        }
        return text.toString();
    }
}
