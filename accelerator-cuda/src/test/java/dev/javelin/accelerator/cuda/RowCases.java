package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What works row by row: norms, softmax, cross-entropy, embedding, rotary positions. */
final class RowCases {
    private static final DType[] FLOATS = {DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16};

    private final RandomGenerator random;
    private final Oracle oracle;

    private RowCases(RandomGenerator random, Oracle oracle) {
        this.random = random;
        this.oracle = oracle;
    }

    static Stream<Case> of(RandomGenerator random, Oracle oracle) {
        RowCases cases = new RowCases(random, oracle);
        return Stream.of(FLOATS)
                .flatMap(dtype -> Stream.of(
                                cases.norms(dtype),
                                FusedNormCases.of(dtype),
                                cases.softmaxes(dtype),
                                cases.losses(dtype),
                                cases.embeddings(dtype),
                                cases.rotations(dtype))
                        .flatMap(some -> some));
    }

    /** All shapes for the types of training, every second one for F64, and the others for F16: their code is the same. */
    @SafeVarargs
    static <S> Stream<S> some(DType dtype, S... shapes) {
        int first = dtype == DType.FLOAT16 ? 1 : 0;
        int step = dtype == DType.FLOAT64 || dtype == DType.FLOAT16 ? 2 : 1;
        return IntStream.iterate(first, i -> i < shapes.length, i -> i + step).mapToObj(i -> shapes[i]);
    }

    /** The types that parameters may have beside values of a type. */
    private static Stream<DType> beside(DType dtype) {
        return Stream.of(dtype, dtype.wide()).distinct();
    }

    /** Rows of widths that fill one thread, some, a block, and more than a block keeps; few and many; none. */
    private Stream<Case> norms(DType dtype) {
        return some(
                        dtype,
                        new long[] {1, 1},
                        new long[] {31},
                        new long[] {5, 9, 33},
                        new long[] {700, 3},
                        new long[] {3, 1000},
                        new long[] {2, 4099},
                        new long[] {2, 8200},
                        new long[] {0, 4})
                .flatMap(dims -> beside(dtype).flatMap(parameters -> norms(TensorType.of(dtype, dims), parameters)));
    }

    private Stream<Case> norms(TensorType type, DType parameters) {
        TensorType row = TensorType.of(parameters, type.shape().dim(-1));
        Value x = Value.generate(type, i -> random.nextGaussian() * 2 + 1);
        Value dy = Value.normal(type, random, 1);
        Value scale = Value.normal(row, random, 1);
        DType wide = type.dtype().wide();
        Case layer = new Case(new LayerNorm(1e-5), List.of(x, scale, Value.normal(row, random, 1)), Tolerance.SUMS);
        List<Value> normed = oracle.run(layer);
        Case rms = new Case(new RmsNorm(1e-5), List.of(x, scale), Tolerance.SUMS);
        Value inverse = oracle.run(rms).get(1).as(wide);
        return Stream.of(
                layer,
                new Case(
                        new LayerNormGradient(),
                        List.of(
                                dy,
                                x,
                                scale,
                                normed.get(1).as(wide),
                                normed.get(2).as(wide)),
                        Tolerance.CHAINS),
                rms,
                new Case(new RmsNormGradient(), List.of(dy, x, scale, inverse), Tolerance.CHAINS));
    }

    private Stream<Case> softmaxes(DType dtype) {
        return some(
                        dtype,
                        new long[] {1, 1},
                        new long[] {31},
                        new long[] {5, 9, 33},
                        new long[] {300, 8},
                        new long[] {3, 1000},
                        new long[] {2, 4099},
                        new long[] {1, 20011},
                        new long[] {0, 4})
                .map(dims -> TensorType.of(dtype, dims))
                .flatMap(type -> {
                    Case forward = new Case(new Softmax(), List.of(Value.normal(type, random, 3)), Tolerance.SUMS);
                    Value y = oracle.run(forward).getFirst().as(dtype);
                    Value dy = Value.normal(type, random, 1);
                    return Stream.of(forward, new Case(new SoftmaxGradient(), List.of(y, dy), Tolerance.SUMS));
                });
    }

    /** Targets in and outside of the classes; one row in three is ignored. */
    private Stream<Case> losses(DType dtype) {
        return some(
                        dtype,
                        new int[] {1, 1, 0},
                        new int[] {7, 31, 0},
                        new int[] {40, 33, 0},
                        new int[] {4, 1000, 0},
                        new int[] {3, 4099, 0},
                        new int[] {9, 31, 1},
                        new int[] {0, 3, 0},
                        new int[] {1, 60013, 0}) // wider than shared memory, but for 16 bits
                .flatMap(c -> {
                    TensorType type = TensorType.of(dtype, c[0], c[1]);
                    Value logits = Value.normal(type, random, 3);
                    Value targets = Value.generate(
                            TensorType.of(DType.INT32, c[0]),
                            i -> i % 3 == 1 ? -1 : c[2] == 1 && i == 6 ? c[1] : random.nextInt(c[1]));
                    Case forward = new Case(new CrossEntropy(-1), List.of(logits, targets), Tolerance.SUMS);
                    Value rowSums = oracle.run(forward).get(2).as(dtype.wide());
                    Value gradient = Value.of(TensorType.of(dtype.wide()), 0.25);
                    Operation backward = new CrossEntropyGradient(-1);
                    return Stream.of(
                            forward,
                            new Case(backward, List.of(logits, targets, rowSums, gradient), Tolerance.SUMS),
                            new Case(new FusedCrossEntropy(-1), List.of(logits, targets, gradient), Tolerance.SUMS));
                });
    }

    /** V, C, tokens: few ids that many tokens share, many ids, more tokens than are sorted at once, none. */
    private Stream<Case> embeddings(DType dtype) {
        return some(
                        dtype,
                        new int[] {1, 1, 1},
                        new int[] {7, 31, 50},
                        new int[] {20, 8, 700},
                        new int[] {90, 33, 2500},
                        new int[] {3, 1000, 300},
                        new int[] {40, 3, 4500},
                        new int[] {5, 33, 0})
                .flatMap(c -> {
                    Value table = Value.normal(TensorType.of(dtype, c[0], c[1]), random, 1);
                    Value ids = Value.generate(
                            TensorType.of(DType.INT32, c[2]), i -> random.nextInt(c[0] + 2) - 1); // some outside
                    Value dy = Value.normal(TensorType.of(dtype, c[2], c[1]), random, 1);
                    return Stream.of(
                            new Case(new Embedding(), List.of(table, ids), Tolerance.EXACT),
                            new Case(new EmbeddingGradient(c[0]), List.of(ids, dy), Tolerance.CHAINS));
                });
    }

    /** B, T, heads, turned heads, D; tables for all sequences together and for each of them. */
    private Stream<Case> rotations(DType dtype) {
        return some(
                        dtype,
                        new int[] {1, 1, 1, 1, 2},
                        new int[] {3, 17, 6, 4, 34},
                        new int[] {2, 4, 2, 0, 6},
                        new int[] {2, 3, 40, 38, 64},
                        new int[] {2, 0, 2, 2, 4})
                .flatMap(e -> beside(dtype)
                        .flatMap(table -> Stream.of(true, false).flatMap(back -> {
                            Operation rotary = new Rotary(e[2], e[3], back);
                            Value x = Value.normal(TensorType.of(dtype, e[0], e[1], e[2] * e[4]), random, 1);
                            Value shared = Value.normal(TensorType.of(table, e[1], e[4]), random, 1);
                            Value each = Value.normal(TensorType.of(table, e[0], e[1], e[4]), random, 1);
                            return Stream.of(shared, each)
                                    .map(one -> new Case(rotary, List.of(x, one), Tolerance.SUMS));
                        })));
    }
}
