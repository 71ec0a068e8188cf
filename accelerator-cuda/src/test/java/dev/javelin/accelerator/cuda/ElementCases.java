package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What works element by element, with broadcasting: tiny, odd, long and empty shapes, numbers at the ends of each type. */
final class ElementCases {
    static final DType[] FLOATS = {DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16};
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    /** Numbers that formulas trip over. */
    private static final double[] SPECIAL = {
        0.0, -0.0, 1, -1, INFINITY, -INFINITY, Double.NaN, 1e-40, -1e-7, 88, -104, 20, -9.5, 65504, -3e38
    };

    /** Less than one vector, some, more than a block takes at once, none. */
    private static final long[][] SHAPES = {{}, {7}, {3, 33}, {9001}, {0}};

    private static final long[][][] BROADCASTS = {
        {{}, {}},
        {{5}, {}},
        {{}, {5}},
        {{3, 7}, {7}},
        {{40, 64}, {64}},
        {{64}, {40, 64}},
        {{40, 64}, {40, 1}},
        {{3, 1}, {1, 7}},
        {{2, 3, 4, 5}, {3, 1, 5}},
        {{2, 1, 4, 1}, {1, 3, 1, 5}},
        {{2, 1, 2, 1, 3, 1}, {1, 3, 1, 2, 1, 2}},
        {{4, 33, 65}, {33, 65}},
        {{0, 3}, {3}},
        {{1, 1}, {1, 1, 1}}
    };

    private final RandomGenerator random;

    private ElementCases(RandomGenerator random) {
        this.random = random;
    }

    static Stream<Case> functions(RandomGenerator random) {
        ElementCases cases = new ElementCases(random);
        return Stream.of(FLOATS).flatMap(dtype -> Stream.of(SHAPES).flatMap(dims -> cases.functions(dtype, dims)));
    }

    static Stream<Case> broadcasts(RandomGenerator random) {
        ElementCases cases = new ElementCases(random);
        return Stream.of(DType.values())
                .flatMap(dtype -> Stream.of(BROADCASTS).flatMap(pair -> cases.broadcasts(dtype, pair[0], pair[1])));
    }

    static Stream<Case> casts(RandomGenerator random) {
        ElementCases cases = new ElementCases(random);
        return Stream.of(DType.values())
                .flatMap(from -> Stream.of(DType.values())
                        .flatMap(to -> Stream.of(SHAPES)
                                .map(dims ->
                                        of(Tolerance.EXACT, new Cast(to), cases.numbers(TensorType.of(from, dims))))));
    }

    static Stream<Case> constants() {
        return Stream.of(DType.values())
                .flatMap(dtype -> Stream.of(SHAPES).flatMap(dims -> {
                    TensorType type = TensorType.of(dtype, dims);
                    Stream<Case> indexes =
                            IntStream.range(0, dims.length).mapToObj(dim -> of(Tolerance.EXACT, new Iota(type, dim)));
                    Stream<Case> fills = Stream.of(0.0, 1.3, -2.0, 300.0, 1e10)
                            .map(value -> of(Tolerance.EXACT, new Fill(type, value)));
                    return Stream.concat(indexes, fills);
                }));
    }

    static Value longs(TensorType type, long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.nativeOrder());
        buffer.asLongBuffer().put(values);
        return Value.ofBytes(type, buffer.array());
    }

    private static Case of(Tolerance tolerance, Operation operation, Value... inputs) {
        return new Case(operation, List.of(inputs), tolerance);
    }

    private Stream<Case> functions(DType dtype, long[] dims) {
        TensorType type = TensorType.of(dtype, dims);
        Stream<Case> unary =
                Stream.of(Unary.Kind.values()).map(kind -> of(Tolerance.SUMS, new Unary(kind), input(kind, type)));
        Value dy = Value.normal(type, random, 1);
        Stream<Case> others = Stream.of(
                of(dtype.half() ? Tolerance.ROUNDING : Tolerance.EXACT, new Affine(-1.7, 0.3), special(type)),
                of(Tolerance.SUMS, new Gelu(), special(type)),
                of(Tolerance.SUMS, new ExactGelu(), special(type)),
                of(Tolerance.SUMS, new Silu(), special(type)),
                of(Tolerance.SUMS, new GeluGradient(), Value.normal(type, random, 3), dy),
                of(Tolerance.SUMS, new ExactGeluGradient(), Value.normal(type, random, 3), dy),
                of(Tolerance.SUMS, new SiluGradient(), Value.normal(type, random, 3), dy));
        return Stream.of(unary, others, gates(dtype, dims)).flatMap(some -> some);
    }

    /** Angles that need care, but none so large that the reference has no digits left in 16 bits. */
    private Value input(Unary.Kind kind, TensorType type) {
        return switch (kind) {
            case SIN, COS -> Value.generate(type, i -> i == 0 ? 31415 : random.nextGaussian() * 10);
            case LOG, SQRT, RSQRT -> {
                Value x = special(type);
                yield Value.generate(type, i -> i % 3 == 0 ? x.at(i) : Math.abs(x.at(i)));
            }
            default -> special(type);
        };
    }

    private Stream<Case> gates(DType dtype, long[] dims) {
        if (dims.length == 0) {
            return Stream.of();
        }
        TensorType half = TensorType.of(dtype, dims);
        TensorType packed =
                half.withShape(half.shape().with(-1, 2 * half.shape().dim(-1)));
        Value x = Value.normal(packed, random, 3);
        return Stream.of(
                of(Tolerance.SUMS, new SwiGlu(), x),
                of(Tolerance.SUMS, new SwiGluGradient(), x, Value.normal(half, random, 1)));
    }

    private Stream<Case> broadcasts(DType dtype, long[] left, long[] right) {
        Shape shape = Shape.broadcast(Shape.of(left), Shape.of(right));
        Value a = few(TensorType.of(dtype, left));
        Value b = few(TensorType.of(dtype, right));
        Value condition = Value.generate(TensorType.of(DType.BOOL, right), i -> random.nextInt(3));
        Stream<Case> all = Stream.of(
                of(Tolerance.EXACT, new Compare(Compare.Kind.LESS), a, b),
                of(Tolerance.EXACT, new Compare(Compare.Kind.EQUAL), a, b),
                of(Tolerance.EXACT, new Select(), condition, a, b),
                of(Tolerance.EXACT, new Select(), condition, few(TensorType.of(dtype)), a),
                of(Tolerance.EXACT, new BroadcastTo(shape), a));
        return dtype.floating() ? Stream.concat(all, binaries(dtype, left, right)) : all;
    }

    private Stream<Case> binaries(DType dtype, long[] left, long[] right) {
        Value a = special(TensorType.of(dtype, left));
        Value b = special(TensorType.of(dtype, right));
        return Stream.of(Binary.Kind.values()).map(kind -> of(Tolerance.EXACT, new Binary(kind), a, b));
    }

    /** Small integers, so that some are equal, and a NaN. */
    private Value few(TensorType type) {
        return Value.generate(type, i -> i == 3 && type.dtype().floating() ? Double.NaN : random.nextInt(-2, 3));
    }

    /** Ordinary numbers, and some at the ends. */
    private Value special(TensorType type) {
        int every = random.nextInt(2, 5);
        return Value.generate(
                type, i -> i % every == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextGaussian() * 2);
    }

    /** Numbers of a type that others can't hold. */
    private Value numbers(TensorType type) {
        if (type.dtype() == DType.INT64) {
            return longs(type, random.longs(type.elements()).toArray());
        }
        if (!type.dtype().floating()) {
            return Value.generate(type, i -> random.nextInt());
        }
        return Value.generate(type, i -> switch (i % 5) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> random.nextGaussian() * 1e-6;
            case 2 -> random.nextGaussian() * 200;
            case 3 -> random.nextGaussian() * 5e9;
            default -> random.nextGaussian() * 1e19;
        });
    }
}
