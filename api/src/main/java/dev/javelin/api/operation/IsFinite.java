package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/** (floating scalars) → INT32 []: 1 if all are finite, else 0. Primitive. */
public record IsFinite() implements Operation {
    @Override
    public String name() {
        return "is_finite";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        for (TensorType input : inputs) {
            TypeRules.require(
                    input.dtype().floating() && input.shape().rank() == 0, name(), inputs, "floating scalars");
        }
        return List.of(Assign.PREDICATE);
    }
}
