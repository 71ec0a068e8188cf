package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Norms with the addition before and the conversion behind them, in all types that a program mixes. */
final class FusedNormCases {
    private static final long SEED = 20261128;

    private FusedNormCases() {}

    /** Values of one type; beside FLOAT32 also residuals, results, gradients and copies of 16 bits. */
    static Stream<Case> of(DType x) {
        RandomGenerator random = new SplittableRandom(SEED + x.ordinal());
        List<DType> others = x == DType.FLOAT32 ? List.of(x, DType.BFLOAT16, DType.FLOAT16) : List.of(x);
        return RowCases.some(
                        x,
                        new long[] {1, 1},
                        new long[] {31},
                        new long[] {2, 9, 33},
                        new long[] {300, 4},
                        new long[] {2, 3, 1000},
                        new long[] {2, 4099},
                        new long[] {0, 4})
                .flatMap(dims -> others.stream()
                        .flatMap(other -> Stream.of(true, false).flatMap(centred -> {
                            TensorType type = TensorType.of(x, dims);
                            return Stream.concat(
                                    forward(centred, type, other, random), backward(centred, type, other, random));
                        })));
    }

    private static Stream<Case> forward(boolean centred, TensorType x, DType other, RandomGenerator random) {
        TensorType row = TensorType.of(x.dtype(), x.shape().dim(-1));
        List<Value> inputs = new ArrayList<>(List.of(eighths(x, random), Value.normal(row, random, 1)));
        if (centred) {
            inputs.add(Value.normal(row, random, 1));
        }
        FusedNorm norm = new FusedNorm(centred, 1e-3, false, other);
        List<Value> residual = with(inputs, eighths(x.withDType(other), random));
        List<Value> repeated = with(inputs, eighths(row.withDType(other), random));
        return Stream.of(
                new Case(norm, inputs, Tolerance.SUMS),
                new Case(norm.withResidual(), residual, Tolerance.SUMS),
                new Case(norm.withResidual().withNormed(x.dtype()), repeated, Tolerance.SUMS));
    }

    private static Stream<Case> backward(boolean centred, TensorType x, DType other, RandomGenerator random) {
        TensorType row = TensorType.of(x.dtype(), x.shape().dim(-1));
        TensorType rows = new TensorType(x.dtype().wide(), x.shape().without(-1));
        List<Value> inputs = new ArrayList<>(List.of(
                Value.normal(x.withDType(other), random, 1), Value.normal(x, random, 1), Value.normal(row, random, 1)));
        for (int i = 0; i < (centred ? 2 : 1); i++) {
            inputs.add(Value.generate(rows, j -> 0.5 + random.nextDouble() / 2));
        }
        List<Value> residual = with(inputs, Value.normal(x, random, 1));
        FusedNormGradient gradient = FusedNormGradient.of(centred);
        FusedNormGradient copied = other == x.dtype() ? gradient : gradient.withCopy(other);
        return Stream.of(
                new Case(gradient, inputs, Tolerance.CHAINS),
                new Case(copied.withResidual(), residual, Tolerance.CHAINS));
    }

    private static List<Value> with(List<Value> inputs, Value more) {
        List<Value> all = new ArrayList<>(inputs);
        all.add(more);
        return all;
    }

    /** Numbers whose sums 16 bits hold: the oracle does not round them. */
    private static Value eighths(TensorType type, RandomGenerator random) {
        return Value.generate(type, i -> random.nextInt(-32, 33) / 8.0);
    }
}
