package dev.javelin.accelerator.cpu;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Inputs for every fused operation: ordinary, odd, tiny and empty shapes. */
public final class FusedCases {
    private FusedCases() {}

    /**
     * All cases of these types.
     *
     * @param reference computes what the gradients need of the forward pass
     */
    public static Stream<Case> of(RandomGenerator random, TestDevice reference, DType... dtypes) {
        return Stream.of(dtypes)
                .flatMap(dtype -> Stream.of(
                                rows(dtype, random, reference),
                                dtype.half() ? Stream.<Case>empty() : norms(dtype, random),
                                gates(dtype, random),
                                rotations(dtype, random),
                                losses(dtype, random, reference),
                                attentions(dtype, random, reference),
                                caches(dtype, random),
                                products(dtype, random),
                                updates(dtype, random),
                                averages(dtype))
                        .flatMap(cases -> cases));
    }

    private static Stream<Case> rows(DType dtype, RandomGenerator random, TestDevice reference) {
        return Stream.of(new long[] {5}, new long[] {1, 1}, new long[] {3, 7}, new long[] {2, 3, 33}, new long[] {0, 4})
                .map(dims -> TensorType.of(dtype, dims))
                .flatMap(type -> {
                    Value x = Value.normal(type, random, 2);
                    Value dy = Value.normal(type, random, 1);
                    TensorType row = TensorType.of(dtype, type.shape().dim(-1));
                    Value scale = Value.normal(row, random, 1);
                    List<Value> norm = List.of(x, scale, Value.normal(row, random, 1));
                    List<Value> normed = reference.run(new LayerNorm(1e-5), norm.toArray(Value[]::new));
                    List<Value> back = List.of(dy, x, scale, normed.get(1), normed.get(2));
                    Value inverse = reference.run(new RmsNorm(1e-5), x, scale).get(1);
                    Value y = reference.run(new Softmax(), x).getFirst();
                    return Stream.of(
                            new Case(new Softmax(), List.of(x), Tolerance.SUMS),
                            new Case(new SoftmaxGradient(), List.of(y, dy), Tolerance.SUMS),
                            new Case(new LayerNorm(1e-5), norm, Tolerance.SUMS),
                            new Case(new LayerNormGradient(), back, Tolerance.CHAINS),
                            new Case(new RmsNorm(1e-5), List.of(x, scale), Tolerance.SUMS),
                            new Case(new RmsNormGradient(), List.of(dy, x, scale, inverse), Tolerance.CHAINS),
                            new Case(new Gelu(), List.of(x), Tolerance.SUMS),
                            new Case(new GeluGradient(), List.of(x, dy), Tolerance.SUMS),
                            new Case(new ExactGelu(), List.of(x), Tolerance.SUMS),
                            new Case(new ExactGeluGradient(), List.of(x, dy), Tolerance.SUMS),
                            new Case(new Silu(), List.of(x), Tolerance.SUMS),
                            new Case(new SiluGradient(), List.of(x, dy), Tolerance.SUMS));
                });
    }

    /** Norms of sums, and gradients to which another is added; of 16 bits in {@code FusedNormTest}. */
    private static Stream<Case> norms(DType dtype, RandomGenerator random) {
        return Stream.of(
                        new long[] {5},
                        new long[] {1, 1},
                        new long[] {3, 7},
                        new long[] {2, 3, 33},
                        new long[] {70, 40},
                        new long[] {0, 4})
                .map(dims -> TensorType.of(dtype, dims))
                .flatMap(type -> Stream.of(true, false).flatMap(centred -> {
                    TensorType last = TensorType.of(dtype, type.shape().dim(-1));
                    TensorType rows = new TensorType(dtype, type.shape().without(-1));
                    Value scale = Value.normal(last, random, 1);
                    List<Value> norm = new ArrayList<>(List.of(Value.normal(type, random, 2), scale));
                    List<Value> back = new ArrayList<>(
                            List.of(Value.normal(type, random, 1), Value.normal(type, random, 2), scale));
                    if (centred) {
                        norm.add(Value.normal(last, random, 1));
                        back.add(Value.normal(rows, random, 1));
                    }
                    back.add(Value.normal(rows, random, 1));
                    back.add(Value.normal(type, random, 1));
                    FusedNorm forward = new FusedNorm(centred, 1e-5, true, dtype);
                    List<Value> repeated = new ArrayList<>(norm);
                    norm.add(Value.normal(type, random, 1));
                    repeated.add(Value.normal(last, random, 1));
                    return Stream.of(
                            new Case(forward, norm, Tolerance.SUMS),
                            new Case(forward, repeated, Tolerance.SUMS),
                            new Case(FusedNormGradient.of(centred).withResidual(), back, Tolerance.CHAINS));
                }));
    }

    private static Stream<Case> gates(DType dtype, RandomGenerator random) {
        return Stream.of(
                        new long[] {1}, new long[] {3, 7}, new long[] {2, 3, 33}, new long[] {40, 500}, new long[] {0, 4
                        })
                .flatMap(dims -> {
                    long[] twice = dims.clone();
                    twice[dims.length - 1] *= 2;
                    Value packed = Value.normal(TensorType.of(dtype, twice), random, 2);
                    Value dy = Value.normal(TensorType.of(dtype, dims), random, 1);
                    return Stream.of(
                            new Case(new SwiGlu(), List.of(packed), Tolerance.SUMS),
                            new Case(new SwiGluGradient(), List.of(packed, dy), Tolerance.SUMS));
                });
    }

    /** Batch, positions, heads, turned heads, D; tables for all sequences together and for each of them. */
    private static Stream<Case> rotations(DType dtype, RandomGenerator random) {
        return Stream.of(
                        new long[] {1, 1, 1, 1, 2},
                        new long[] {2, 5, 3, 2, 4},
                        new long[] {3, 17, 6, 4, 34},
                        new long[] {2, 4, 2, 0, 6},
                        new long[] {40, 9, 3, 2, 64},
                        new long[] {2, 0, 2, 2, 4})
                .flatMap(e -> Stream.of(true, false).flatMap(back -> {
                    Operation rotary = new Rotary((int) e[2], (int) e[3], back);
                    Value x = Value.normal(TensorType.of(dtype, e[0], e[1], e[2] * e[4]), random, 1);
                    Value shared = Value.normal(TensorType.of(dtype, e[1], e[4]), random, 1);
                    Value each = Value.normal(TensorType.of(dtype, e[0], e[1], e[4]), random, 1);
                    return Stream.of(
                            new Case(rotary, List.of(x, shared), Tolerance.SUMS),
                            new Case(rotary, List.of(x, each), Tolerance.SUMS));
                }));
    }

    private static Stream<Case> losses(DType dtype, RandomGenerator random, TestDevice reference) {
        return Stream.of(
                        new long[] {1, 1}, new long[] {7, 5}, new long[] {4, 257}, new long[] {0, 3}, new long[] {8, 6})
                .map(dims -> TensorType.of(dtype, dims))
                .flatMap(type -> {
                    int classes = (int) type.shape().dim(1);
                    int last = classes == 6 ? 6 : 0; // no class: its row is NaN, and the loss
                    Value logits = Value.normal(type, random, 3);
                    TensorType targetType =
                            TensorType.of(DType.INT32, type.shape().dim(0));
                    Value targets = Value.generate(
                            targetType,
                            i -> i % 3 == 1 ? -1 : i == 6 ? last : random.nextInt(classes)); // -1 is ignored
                    Operation forward = new CrossEntropy(-1);
                    Value rowSums = reference.run(forward, logits, targets).get(2);
                    Value gradient = Value.of(TensorType.of(dtype.wide()), 0.25);
                    return Stream.of(
                            new Case(forward, List.of(logits, targets), Tolerance.SUMS),
                            new Case(
                                    new CrossEntropyGradient(-1),
                                    List.of(logits, targets, rowSums, gradient),
                                    Tolerance.SUMS),
                            new Case(new FusedCrossEntropy(-1), List.of(logits, targets, gradient), Tolerance.SUMS));
                });
    }

    private static Stream<Case> attentions(DType dtype, RandomGenerator random, TestDevice reference) {
        return Stream.of(
                        new long[] {1, 1, 1, 1, 1},
                        new long[] {2, 5, 3, 3, 4},
                        new long[] {1, 17, 4, 2, 7},
                        new long[] {3, 9, 6, 1, 5},
                        new long[] {2, 0, 2, 2, 3})
                .flatMap(c -> Stream.of(true, false).flatMap(causal -> {
                    Attention forward = new Attention((int) c[2], (int) c[3], causal);
                    TensorType type = TensorType.of(dtype, c[0], c[1], (c[2] + 2 * c[3]) * c[4]);
                    Value packed = Value.normal(type, random, 1);
                    List<Value> out = reference.run(forward, packed);
                    Value dy = Value.normal(out.get(0).type(), random, 1);
                    Operation backward = new AttentionGradient((int) c[2], (int) c[3], causal);
                    return Stream.of(
                            new Case(forward, List.of(packed), Tolerance.CHAINS),
                            new Case(backward, List.of(packed, out.get(0), out.get(1), dy), Tolerance.CHAINS));
                }));
    }

    /** B, K, H / K, S, D, T: decoding, a few tokens at once, prefill; positions in and outside of the cache. */
    private static Stream<Case> caches(DType dtype, RandomGenerator random) {
        return Stream.of(
                        new int[] {1, 1, 1, 1, 1, 1},
                        new int[] {1, 3, 1, 100, 8, 1},
                        new int[] {3, 2, 2, 17, 5, 1},
                        new int[] {2, 1, 6, 70, 33, 3},
                        new int[] {2, 2, 2, 90, 40, 7},
                        new int[] {1, 2, 1, 150, 16, 130},
                        new int[] {2, 1, 1, 5, 3, 0})
                .flatMap(c -> {
                    TensorType cache = TensorType.of(dtype, c[0], c[1], c[3], c[4]);
                    Value keys = Value.normal(cache, random, 1);
                    Value values = Value.normal(cache, random, 1);
                    Value rows = Value.normal(TensorType.of(dtype, c[0], c[5], c[1] * c[4]), random, 1);
                    Value queries = Value.normal(TensorType.of(dtype, c[0], c[5], c[1] * c[2] * c[4]), random, 1);
                    TensorType places = TensorType.of(DType.INT32, c[0], c[5]);
                    int first = c[3] - c[5] / 2 - 1; // some lie behind the end
                    Value following =
                            Value.generate(places, i -> i % c[5] == 2 ? -1 : first + i % c[5]); // and one is padding
                    Value anywhere = Value.generate(places, i -> random.nextInt(c[3]));
                    return Stream.of(following, anywhere)
                            .flatMap(positions -> Stream.of(
                                    new Case(new CacheWrite(), List.of(keys, rows, positions), Tolerance.EXACT),
                                    new Case(
                                            new CachedAttention(),
                                            List.of(queries, keys, values, positions),
                                            Tolerance.CHAINS)));
                });
    }

    private static Stream<Case> products(DType dtype, RandomGenerator random) {
        return Stream.of(new long[] {1, 1, 1}, new long[] {5, 3, 7}, new long[] {2, 33, 9}, new long[] {3, 4, 0})
                .flatMap(e -> Stream.of(0, 1, 2, 3).flatMap(transposes -> {
                    boolean ta = (transposes & 1) != 0;
                    boolean tb = (transposes & 2) != 0;
                    Value a = Value.normal(TensorType.of(dtype, ta ? e[2] : e[0], ta ? e[0] : e[2]), random, 1);
                    Value b = Value.normal(TensorType.of(dtype, tb ? e[1] : e[2], tb ? e[2] : e[1]), random, 1);
                    Value bias = Value.normal(TensorType.of(dtype, e[1]), random, 1);
                    Value c = Value.normal(TensorType.of(dtype, e[0], e[1]), random, 1);
                    FusedMatMul plain = new FusedMatMul(ta, tb, false, false, false, false);
                    return Stream.of(
                            new Case(plain, List.of(a, b), Tolerance.SUMS),
                            new Case(plain.withBias(), List.of(a, b, bias), Tolerance.SUMS),
                            new Case(plain.withGelu(), List.of(a, b), Tolerance.SUMS),
                            new Case(plain.withBias().withGelu(), List.of(a, b, bias), Tolerance.SUMS),
                            new Case(plain.withBias().withResidual(), List.of(a, b, bias, c), Tolerance.SUMS),
                            new Case(plain.withResidual(), List.of(a, b, c), Tolerance.SUMS),
                            new Case(plain.withAccumulate(), List.of(a, b, c), Tolerance.SUMS));
                }));
    }

    private static Stream<Case> updates(DType dtype, RandomGenerator random) {
        return Stream.of(1, 0).flatMap(predicate -> {
            TensorType type = TensorType.of(dtype, 3, 5);
            TensorType scalar = TensorType.of(dtype.wide());
            List<Value> step = List.of(
                    Value.normal(type, random, 1),
                    Value.normal(type, random, 1),
                    Value.normal(type, random, 0.1),
                    Value.generate(type, i -> random.nextDouble()),
                    Value.of(scalar, 1e-2),
                    Value.of(scalar, 1 - Math.pow(0.9, 3)),
                    Value.of(scalar, 1 - Math.pow(0.95, 3)),
                    Value.of(scalar, 0.5),
                    Value.of(TensorType.of(DType.INT32), predicate));
            Value key = Value.of(TensorType.of(DType.INT32, 6), 17, -3, 5, 1, 12, 3);
            return Stream.of(
                    new Case(new AdamW(0.9, 0.95, 1e-8, 0.1), step, Tolerance.SUMS),
                    new Case(new Dropout(0.3, 99), List.of(Value.normal(type, random, 1), key), Tolerance.EXACT));
        });
    }

    /** With numbers of their own, so that the other cases keep theirs. */
    private static Stream<Case> averages(DType dtype) {
        RandomGenerator random = new java.util.Random(23);
        TensorType type = TensorType.of(dtype, 3, 5);
        return Stream.of(1, 0)
                .flatMap(predicate -> Stream.of(0.0, 0.3, 0.001, 1.0)
                        .map(rate -> new Case(
                                new MovingAverage(),
                                List.of(
                                        Value.normal(type, random, 1),
                                        Value.normal(type, random, 1),
                                        Value.of(TensorType.of(dtype.wide()), rate),
                                        Value.of(TensorType.of(DType.INT32), predicate)),
                                rate == 0 || rate == 1 ? Tolerance.EXACT : Tolerance.SUMS)));
    }
}
