package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalInt;

/**
 * (accumulator INT64 [72], x) → the accumulator, to which the square of every element has been added exactly: the order
 * of additions, and so units, shards, ranks and threads, cannot matter. The square is taken in FLOAT64 (exact for
 * narrower types). Primitive.
 *
 * <p>Layout: limb i (0 to 66) is a signed number that counts 2^(32·i − 1074), normalised to 0 ≤ limb &lt; 2³² (the
 * last takes the rest); element 70 counts non-finite squares; the others are 0. Sums of up to 2³⁰ normalised
 * accumulators, limb by limb, are valid inputs to {@link ExactNorm}.
 *
 * <p>Source: Kulisch, "Computer arithmetic and validity", 2nd ed., section 8.4 (long accumulator).
 */
public record SquareSum() implements Operation {
    /** Type of the accumulator. */
    public static final TensorType ACCUMULATOR = TensorType.of(DType.INT64, 72);

    @Override
    public String name() {
        return "square_sum";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.require(
                inputs.get(0).equals(ACCUMULATOR) && inputs.get(1).dtype().floating(),
                name(),
                inputs,
                ACCUMULATOR + " and a floating tensor");
        return List.of(ACCUMULATOR);
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(0);
    }
}
