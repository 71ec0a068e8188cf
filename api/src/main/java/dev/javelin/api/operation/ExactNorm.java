package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * (accumulator of {@link SquareSum}) → the square root of the sum as a scalar; NaN if a non-finite square was counted.
 * Primitive.
 */
public record ExactNorm(DType dtype) implements Operation {
    @Override
    public String name() {
        return "exact_norm";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.require(
                inputs.get(0).equals(SquareSum.ACCUMULATOR), name(), inputs, SquareSum.ACCUMULATOR.toString());
        return List.of(new TensorType(dtype, Shape.scalar()));
    }
}
