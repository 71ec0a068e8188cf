package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalInt;

/** (sum, value) → the memory of the sum, to which the value has been added. Floating or INT64. Primitive. */
public record Accumulate() implements Operation {
    @Override
    public String name() {
        return "accumulate";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.require(inputs.get(0).equals(inputs.get(1)), name(), inputs, "sum and value of one type");
        return List.of(inputs.get(0));
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(0);
    }
}
