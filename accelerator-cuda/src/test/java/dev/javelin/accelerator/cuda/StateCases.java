package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.SquareSum;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** State that is updated in place, exact sums of squares, and random numbers. */
final class StateCases {
    private static final long[][] SHAPES = {{}, {3, 5}, {4100}, {0}};

    private final RandomGenerator random;

    private StateCases(RandomGenerator random) {
        this.random = random;
    }

    static Stream<Case> states(RandomGenerator random) {
        StateCases cases = new StateCases(random);
        Stream<Case> updates = Stream.of(DType.values())
                .flatMap(dtype -> Stream.of(SHAPES).flatMap(dims -> cases.updates(TensorType.of(dtype, dims))));
        return Stream.of(updates, cases.averages(), cases.optimizers(), cases.predicates())
                .flatMap(some -> some);
    }

    static Stream<Case> squares(RandomGenerator random) {
        StateCases cases = new StateCases(random);
        return Stream.of(ElementCases.FLOATS).flatMap(dtype -> Stream.concat(cases.sums(dtype), cases.norms(dtype)));
    }

    static Stream<Case> random(RandomGenerator random) {
        StateCases cases = new StateCases(random);
        return Stream.of(ElementCases.FLOATS)
                .flatMap(dtype -> Stream.of(SHAPES).flatMap(dims -> cases.random(TensorType.of(dtype, dims))));
    }

    private static Case of(Tolerance tolerance, Operation operation, Value... inputs) {
        return new Case(operation, List.of(inputs), tolerance);
    }

    private static Value predicate(int holds) {
        return Value.of(TensorType.of(DType.INT32), holds);
    }

    private Stream<Case> updates(TensorType type) {
        Value state = Value.generate(type, i -> random.nextGaussian() * 50);
        Value value = Value.generate(type, i -> random.nextGaussian() * 50);
        Stream<Case> assigns =
                Stream.of(0, 1, -7).map(holds -> of(Tolerance.EXACT, new Assign(), state, value, predicate(holds)));
        return Stream.concat(assigns, Stream.of(of(Tolerance.EXACT, new Accumulate(), state, value)));
    }

    private Stream<Case> averages() {
        return Stream.of(ElementCases.FLOATS)
                .flatMap(dtype -> Stream.of(SHAPES)
                        .flatMap(dims -> Stream.of(0.0, 0.3, 0.001, 1.0)
                                .flatMap(rate -> Stream.of(0, 1).map(holds -> {
                                    TensorType type = TensorType.of(dtype, dims);
                                    Tolerance tolerance = rate == 0 || rate == 1 ? Tolerance.EXACT : Tolerance.ROUNDING;
                                    return of(
                                            tolerance,
                                            new MovingAverage(),
                                            Value.normal(type, random, 1),
                                            Value.normal(type, random, 1),
                                            Value.of(TensorType.of(dtype.wide()), rate),
                                            predicate(holds));
                                }))));
    }

    /** All types that param, gradient and moments may have, with and without weights, written and not. */
    private Stream<Case> optimizers() {
        List<Case> all = new ArrayList<>();
        for (long[] dims : SHAPES) {
            TensorType wide = TensorType.of(DType.FLOAT64, dims);
            all.add(adamW(wide, wide, wide, null, 1));
            for (DType half : List.of(DType.BFLOAT16, DType.FLOAT16)) {
                for (int choice = 0; choice < 16; choice++) {
                    TensorType param = TensorType.of(kind(half, choice, 1), dims);
                    TensorType gradient = param.withDType(kind(half, choice, 2));
                    TensorType moments = param.withDType(kind(half, choice, 4));
                    boolean weights = (choice & 8) != 0;
                    if (!weights || param.dtype() == DType.FLOAT32) {
                        all.add(adamW(param, gradient, moments, weights ? half : null, random.nextInt(4)));
                    }
                }
            }
        }
        return all.stream();
    }

    private static DType kind(DType half, int choice, int bit) {
        return (choice & bit) != 0 ? DType.FLOAT32 : half;
    }

    private Case adamW(TensorType param, TensorType gradient, TensorType moments, @Nullable DType weights, int holds) {
        TensorType scalar = TensorType.of(param.dtype().wide());
        List<Value> step = new ArrayList<>(List.of(
                Value.normal(param, random, 1),
                Value.normal(gradient, random, 1),
                Value.normal(moments, random, 0.1),
                Value.generate(moments, i -> random.nextDouble()),
                Value.of(scalar, 1e-2),
                Value.of(scalar, 0.271),
                Value.of(scalar, 0.1426),
                Value.of(scalar, 0.5),
                predicate(holds)));
        if (weights != null) {
            step.add(Value.normal(param.withDType(weights), random, 1));
        }
        return new Case(new AdamW(0.9, 0.95, 1e-8, 0.1), step, Tolerance.SUMS);
    }

    /** From none to more scalars than one launch takes, in every place one that is not finite. */
    private Stream<Case> predicates() {
        return IntStream.of(0, 1, 2, 8, 9, 20)
                .boxed()
                .flatMap(count -> IntStream.rangeClosed(-1, count - 1)
                        .mapToObj(bad -> of(
                                Tolerance.EXACT,
                                new IsFinite(),
                                IntStream.range(0, count)
                                        .mapToObj(i -> scalar(i, bad))
                                        .toArray(Value[]::new))));
    }

    private static Value scalar(int index, int bad) {
        double value = index != bad ? -1.5 : index % 3 == 0 ? Double.NaN : Double.NEGATIVE_INFINITY;
        return Value.of(TensorType.of(ElementCases.FLOATS[index % ElementCases.FLOATS.length]), value);
    }

    /** Numbers over the whole range of a type, subnormal ones and, in the last case, infinite ones. */
    private Stream<Case> sums(DType dtype) {
        double[] deviations = {1, 1e-3, 1e-42, 1e30, 1e-160, 1e150};
        Value held = Value.generate(SquareSum.ACCUMULATOR, i -> i < 66 ? random.nextInt(Integer.MAX_VALUE) : 0);
        Value full = Value.generate(SquareSum.ACCUMULATOR, i -> i < 66 ? 0xFFFFFFFFL : 3);
        List<Case> all = new ArrayList<>();
        for (long[] dims : new long[][] {{}, {33}, {3, 1001}, {33_000}, {0}}) {
            TensorType type = TensorType.of(dtype, dims);
            all.add(of(Tolerance.EXACT, new SquareSum(), held, Value.normal(type, random, 1)));
            all.add(of(Tolerance.EXACT, new SquareSum(), full, Value.generate(type, i -> spread(deviations))));
        }
        Value infinite = Value.generate(
                TensorType.of(dtype, 100), i -> i % 9 == 0 ? Double.NaN : i % 7 == 0 ? Double.POSITIVE_INFINITY : i);
        all.add(of(Tolerance.EXACT, new SquareSum(), held, infinite));
        return all.stream();
    }

    private double spread(double[] deviations) {
        return random.nextGaussian() * deviations[random.nextInt(deviations.length)];
    }

    /** Of accumulators with some limbs, at all heights, normalised and summed; powers, ties, zero, and a NaN. */
    private Stream<Case> norms(DType dtype) {
        List<Case> all = new ArrayList<>();
        for (int top = 0; top < 67; top++) {
            int highest = top;
            int count = random.nextInt(1, 8);
            Value some =
                    limbs(i -> i <= highest && i > highest - count ? random.nextLong(1L << random.nextInt(1, 62)) : 0);
            all.add(of(Tolerance.EXACT, new ExactNorm(dtype), some));
            all.add(of(Tolerance.EXACT, new ExactNorm(dtype), limbs(i -> i == highest ? 1L << random.nextInt(32) : 0)));
        }
        long root = (1L << 53) + 1; // its half is a tie of doubles; its square is exact in limbs 33 to 36
        BigInteger square = BigInteger.valueOf(root).pow(2);
        for (int beside = -1; beside <= 1; beside++) {
            BigInteger sum = square.add(BigInteger.valueOf(beside));
            all.add(of(
                    Tolerance.EXACT,
                    new ExactNorm(dtype),
                    limbs(i -> i >= 33 && i < 37 ? sum.shiftRight(32 * (i - 33)).longValue() & 0xFFFFFFFFL : 0)));
        }
        all.add(of(Tolerance.EXACT, new ExactNorm(dtype), limbs(i -> 0)));
        all.add(of(Tolerance.EXACT, new ExactNorm(dtype), limbs(i -> i == 70 ? 2 : 5)));
        return all.stream();
    }

    private static Value limbs(IntToLongFunction limb) {
        long[] limbs = new long[(int) SquareSum.ACCUMULATOR.elements()];
        Arrays.setAll(limbs, i -> i < 67 || i == 70 ? limb.applyAsLong(i) : 0);
        return ElementCases.longs(SquareSum.ACCUMULATOR, limbs);
    }

    /** First samples that begin anywhere in a block of four, and far beyond 2³² elements. */
    private Stream<Case> random(TensorType type) {
        int rows = type.shape().rank() == 2 ? (int) type.shape().dim(0) : 1;
        return IntStream.of(0, 1, 2, 3, 123_457, Integer.MAX_VALUE).boxed().flatMap(first -> {
            Value key = Value.of(
                    TensorType.of(DType.INT32, 6),
                    random.nextInt(),
                    random.nextInt(),
                    11,
                    random.nextInt(4),
                    first,
                    rows);
            Value x = Value.normal(type, random, 1);
            int call = random.nextInt();
            return Stream.of(
                    of(Tolerance.EXACT, new RandomUniform(type, call), key),
                    of(Tolerance.EXACT, new Dropout(0.3, call), x, key),
                    of(Tolerance.EXACT, new Dropout(0, call), x, key));
        });
    }
}
