package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalInt;

/**
 * (state, value, predicate INT32 []) → the state's memory, holding the value if the predicate is not 0 and unchanged
 * otherwise. Primitive.
 */
public record Assign() implements Operation {
    static final TensorType PREDICATE = new TensorType(DType.INT32, Shape.scalar());

    @Override
    public String name() {
        return "assign";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 3);
        TypeRules.require(
                inputs.get(0).equals(inputs.get(1)) && inputs.get(2).equals(PREDICATE),
                name(),
                inputs,
                "state and value of one type, and an I32[] predicate");
        return List.of(inputs.get(0));
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(0);
    }
}
