package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Matrix products, and what follows them in one instruction. */
final class ProductCases {
    private static final DType[] FLOATS = {DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16};

    private final RandomGenerator random;

    private ProductCases(RandomGenerator random) {
        this.random = random;
    }

    static Stream<Case> of(RandomGenerator random) {
        ProductCases cases = new ProductCases(random);
        return Stream.of(FLOATS)
                .flatMap(dtype -> Stream.of(
                                cases.plain(dtype),
                                cases.batched(dtype),
                                cases.followed(dtype, 24), // the library does what follows
                                cases.followed(dtype, 21)) // our own kernels do
                        .flatMap(some -> some));
    }

    private Value normal(DType dtype, long... dims) {
        return Value.normal(TensorType.of(dtype, dims), random, 1);
    }

    private Value left(DType dtype, int m, int k, boolean transposed) {
        return transposed ? normal(dtype, k, m) : normal(dtype, m, k);
    }

    /** One product each of odd, even, single and no inner extents, in all transpositions. */
    private Stream<Case> plain(DType dtype) {
        List<Case> cases = new ArrayList<>();
        for (int[] extents : new int[][] {{3, 5, 7}, {33, 17, 65}, {8, 16, 24}, {1, 1, 1}, {4, 3, 0}, {0, 3, 4}}) {
            for (int turns = 0; turns < 4; turns++) {
                boolean a = (turns & 1) != 0;
                boolean b = (turns & 2) != 0;
                cases.add(new Case(
                        new MatMul(a, b),
                        List.of(left(dtype, extents[0], extents[2], a), left(dtype, extents[2], extents[1], b)),
                        Tolerance.CHAINS));
            }
        }
        return cases.stream();
    }

    /** Right operands of their own, and one for all. */
    private Stream<Case> batched(DType dtype) {
        Value left = normal(dtype, 2, 3, 5, 9);
        return Stream.of(
                new Case(new MatMul(false, true), List.of(left, normal(dtype, 2, 3, 7, 9)), Tolerance.CHAINS),
                new Case(
                        new MatMul(true, false),
                        List.of(normal(dtype, 4, 9, 5), normal(dtype, 4, 9, 8)),
                        Tolerance.CHAINS),
                new Case(new MatMul(false, false), List.of(left, normal(dtype, 9, 8)), Tolerance.CHAINS),
                new Case(new MatMul(false, true), List.of(left, normal(dtype, 8, 9)), Tolerance.CHAINS));
    }

    private Stream<Case> followed(DType dtype, int n) {
        FusedMatMul plain = FusedMatMul.of(new MatMul(false, true));
        List<Case> cases = new ArrayList<>();
        for (int k : new int[] {10, 0}) {
            Value a = normal(dtype, 2, 3, k);
            Value b = normal(dtype, n, k);
            Value bias = normal(dtype, n);
            cases.add(fused(plain.withBias(), a, b, bias));
            cases.add(fused(plain.withGelu(), a, b));
            cases.add(fused(plain.withBias().withGelu(), a, b, bias));
            Stream.of(dtype, dtype.wide()).distinct().forEach(type -> {
                Value added = normal(type, 2, 3, n);
                cases.add(fused(plain.withResidual(), a, b, added));
                cases.add(fused(plain.withBias().withResidual(), a, b, bias, added));
                cases.add(fused(plain.withAccumulate(), a, b, added));
            });
        }
        return cases.stream();
    }

    private static Case fused(FusedMatMul operation, Value... inputs) {
        return new Case(operation, List.of(inputs), Tolerance.CHAINS);
    }
}
