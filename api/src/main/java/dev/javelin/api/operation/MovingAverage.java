package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * (average, value, floating scalar rate, predicate INT32 []) → the average's memory, holding average + rate · (value −
 * average) if the predicate is not 0 and unchanged otherwise. Rate 0 leaves the average as it is and reads nothing; rate 1
 * makes it the value, bit for bit.
 *
 * <p>Types: average and value of one floating type; the rate FLOAT32 where they have 16 bits, else of that type.
 */
public record MovingAverage() implements Operation {
    @Override
    public String name() {
        return "moving_average";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 4);
        TypeRules.floating(name(), inputs.subList(0, 2));
        TypeRules.require(inputs.get(0).equals(inputs.get(1)), name(), inputs, "average and value of one type");
        TypeRules.require(
                inputs.get(2).equals(new TensorType(inputs.get(0).dtype().wide(), Shape.scalar())),
                name(),
                inputs,
                "a scalar rate of the same dtype, F32 for 16 bits");
        TypeRules.require(inputs.get(3).equals(Assign.PREDICATE), name(), inputs, "an I32[] predicate");
        return List.of(inputs.get(0));
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(0);
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        DType dtype = inputs.get(0).dtype();
        Tensor average = inputs.get(0).cast(dtype.wide());
        Tensor value = inputs.get(1).cast(dtype.wide());
        Tensor rate = inputs.get(2);
        Tensor moved = average.add(value.subtract(average).multiply(rate));
        Tensor next = rate.less(rate.full(Shape.scalar(), 1)).select(moved, value);
        return Optional.of(List.of(average.graph().emit(new Assign(), inputs.get(0), next.cast(dtype), inputs.get(3))));
    }
}
