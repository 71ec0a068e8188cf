package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Attention over a packed projection, forward and backward. */
final class AttentionCases {
    private AttentionCases() {}

    /** B, T, H, K, D: one of all, odd extents, groups of query heads, rows of more than one vector, no position. */
    static Stream<Case> of(RandomGenerator random, Oracle oracle) {
        return Stream.of(DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)
                .flatMap(dtype -> RowCases.some(
                                dtype,
                                new int[] {1, 1, 1, 1, 1},
                                new int[] {2, 5, 3, 3, 4},
                                new int[] {1, 17, 4, 2, 7},
                                new int[] {3, 9, 6, 1, 5},
                                new int[] {1, 40, 2, 2, 16},
                                new int[] {2, 0, 2, 2, 3})
                        .flatMap(c -> Stream.of(true, false).flatMap(causal -> of(random, oracle, dtype, c, causal))));
    }

    private static Stream<Case> of(RandomGenerator random, Oracle oracle, DType dtype, int[] c, boolean causal) {
        TensorType type = TensorType.of(dtype, c[0], c[1], (c[2] + 2L * c[3]) * c[4]);
        Value packed = Value.normal(type, random, 1);
        Case forward = new Case(new Attention(c[2], c[3], causal), List.of(packed), Tolerance.CHAINS);
        List<Value> out = oracle.run(forward);
        Value y = out.get(0).as(dtype);
        Value rowSums = out.get(1).as(dtype.wide());
        Value dy = Value.normal(y.type(), random, 1);
        return Stream.of(
                forward,
                new Case(new AttentionGradient(c[2], c[3], causal), List.of(packed, y, rowSums, dy), Tolerance.CHAINS));
    }
}
