package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.List;

/** Inputs for operations that work element by element. */
final class ElementCases {
    /** Broadcasting: the shapes of two operands. */
    private static final long[][][] PAIRS = {
        {{3, 33}, {3, 33}},
        {{4, 5}, {5}},
        {{0, 3}, {3}},
        {{4, 1}, {1, 65}},
        {{}, {7}},
        {{2, 3, 4}, {3, 1}},
        {{129}, {}},
        {{}, {}},
        {{5, 1, 3}, {5, 4, 1}}
    };

    private ElementCases() {}

    private static List<long[]> shapes(Cases c) {
        return c.shapes(
                new long[] {3, 33},
                new long[] {},
                new long[] {0},
                new long[] {c.large()},
                new long[] {1},
                new long[] {2, 3, 5, 7},
                new long[] {257});
    }

    static void constants(Cases c) {
        for (long[] dims : shapes(c)) {
            c.add(Tolerance.EXACT, new Fill(c.type(dims), 1.5));
            c.add(Tolerance.EXACT, new Fill(c.type(dims), -0.1));
            if (dims.length > 0) {
                c.add(Tolerance.EXACT, new Iota(c.type(dims), 0));
                c.add(Tolerance.EXACT, new Iota(c.type(dims), dims.length - 1));
            }
            if (c.first()) {
                c.add(Tolerance.EXACT, new Fill(TensorType.of(DType.INT32, dims), -7));
                c.add(Tolerance.EXACT, new Fill(TensorType.of(DType.INT64, dims), 1L << 40));
                c.add(Tolerance.EXACT, new Fill(TensorType.of(DType.BOOL, dims), 1));
                c.add(Tolerance.EXACT, new Fill(TensorType.of(DType.UINT8, dims), 200));
                if (dims.length > 0) {
                    c.add(Tolerance.EXACT, new Iota(TensorType.of(DType.INT32, dims), dims.length - 1));
                    c.add(Tolerance.EXACT, new Iota(TensorType.of(DType.INT64, dims), 0));
                }
            }
        }
    }

    static void unary(Cases c) {
        for (Unary.Kind kind : Unary.Kind.values()) {
            boolean positive = kind == Unary.Kind.LOG || kind == Unary.Kind.SQRT || kind == Unary.Kind.RSQRT;
            boolean exact = kind == Unary.Kind.RELU || kind == Unary.Kind.ABS || kind == Unary.Kind.SQUARE;
            boolean near = kind == Unary.Kind.SQRT || kind == Unary.Kind.RECIPROCAL;
            Tolerance tolerance = exact ? Tolerance.EXACT : near ? Tolerance.NEAREST : Tolerance.FUNCTION;
            boolean crossing = kind == Unary.Kind.LOG || kind == Unary.Kind.SIN || kind == Unary.Kind.COS;
            for (long[] dims : shapes(c)) {
                Value x = positive ? c.positive(dims) : c.normal(2, dims);
                // near a zero of the function the error of its argument's reduction counts
                c.add(tolerance, crossing ? Scale.INPUTS : Scale.VALUE, 1, new Unary(kind), x);
            }
        }
    }

    static void affine(Cases c) {
        for (long[] dims : shapes(c)) {
            c.add(Tolerance.STEPS, Scale.TERMS, 1, new Affine(1.5, -0.25), c.normal(dims));
            c.add(Tolerance.STEPS, Scale.TERMS, 1, new Affine(0.1, 0), c.normal(dims));
            c.add(Tolerance.EXACT, new Affine(-1, 0), c.normal(dims));
            c.add(Tolerance.EXACT, new Affine(2, 0), c.normal(dims));
        }
    }

    static void binary(Cases c) {
        for (Binary.Kind kind : Binary.Kind.values()) {
            Tolerance tolerance = kind == Binary.Kind.DIVIDE ? Tolerance.NEAREST : Tolerance.EXACT;
            for (long[][] pair : pairs(c)) {
                c.add(tolerance, new Binary(kind), c.normal(pair[0]), c.normal(pair[1]));
                c.add(tolerance, new Binary(kind), c.normal(pair[1]), c.positive(pair[0]));
            }
            c.add(tolerance, new Binary(kind), c.normal(c.large()), c.positive(c.large()));
        }
    }

    private static List<long[][]> pairs(Cases c) {
        return List.of(PAIRS).subList(0, c.shapes(new long[PAIRS.length][0]).size());
    }

    /** Few numbers, so that many are equal. */
    static void compare(Cases c) {
        for (Compare.Kind kind : Compare.Kind.values()) {
            for (long[][] pair : pairs(c)) {
                c.add(Tolerance.EXACT, new Compare(kind), few(c, pair[0]), few(c, pair[1]));
                c.add(Tolerance.EXACT, new Compare(kind), few(c, pair[1]), few(c, pair[0]));
                if (c.first()) {
                    Value a = c.integers(DType.INT32, -3, 4, pair[0]);
                    c.add(Tolerance.EXACT, new Compare(kind), a, c.integers(DType.INT32, -3, 4, pair[1]));
                }
            }
            c.add(Tolerance.EXACT, new Compare(kind), few(c, c.large()), few(c, c.large()));
        }
    }

    private static Value few(Cases c, long... dims) {
        return Value.generate(c.type(dims), i -> c.random().nextInt(-3, 4) * 0.5);
    }

    static void select(Cases c) {
        for (long[][] pair : pairs(c)) {
            for (long[] condition : new long[][] {pair[0], pair[1]}) {
                Value choice = c.integers(DType.BOOL, 0, 2, condition);
                c.add(Tolerance.EXACT, new Select(), choice, c.normal(pair[0]), c.normal(pair[1]));
                if (c.first()) {
                    for (DType integer : List.of(DType.INT32, DType.INT64, DType.UINT8, DType.BOOL)) {
                        Value yes = c.integers(integer, 0, 2, pair[0]);
                        c.add(Tolerance.EXACT, new Select(), choice, yes, c.integers(integer, 0, 2, pair[1]));
                    }
                }
            }
        }
        Value choice = c.integers(DType.BOOL, 0, 2, c.large());
        c.add(Tolerance.EXACT, new Select(), choice, c.normal(c.large()), c.number(2));
    }

    static void cast(Cases c) {
        for (long[] dims : shapes(c)) {
            for (DType to : DType.values()) {
                Value x = Value.generate(c.type(dims), i -> c.random().nextInt(-250, 251) * 0.75);
                c.add(Tolerance.EXACT, new Cast(to), to == DType.UINT8 ? x.absolute() : x);
                if (c.first()) {
                    for (DType from : List.of(DType.INT64, DType.INT32, DType.UINT8, DType.BOOL)) {
                        int end = from == DType.BOOL ? 2 : 200;
                        c.add(Tolerance.EXACT, new Cast(to), c.integers(from, 0, end, dims));
                    }
                    c.add(Tolerance.EXACT, new Cast(to), c.integers(DType.INT32, -100_000_000, 0, dims));
                }
            }
        }
    }

    static void random(Cases c) {
        for (long[] dims : shapes(c)) {
            int rows = dims.length == 0 || dims[0] == 0 ? 1 : (int) dims[0];
            for (long first : new long[] {0, 5}) {
                Value key = Value.of(TensorType.of(DType.INT32, 6), 77, -3, 12, 1, first, rows);
                c.add(Tolerance.EXACT, new RandomUniform(c.type(dims), 4), key);
                c.add(Tolerance.STEPS, new Dropout(0.25, 9), c.normal(dims), key);
                c.add(Tolerance.EXACT, new Dropout(0.5, 1), c.normal(dims), key);
                c.add(Tolerance.EXACT, new Dropout(0, 2), c.normal(dims), key);
            }
        }
    }

    static void activations(Cases c) {
        for (long[] dims : shapes(c)) {
            Value x = c.normal(2, dims);
            Value dy = c.normal(dims);
            c.add(Tolerance.STEPS, Scale.INPUTS, 1, new Gelu(), x);
            c.add(Tolerance.STEPS, Scale.INPUTS, 1, new GeluGradient(), x, dy);
            c.add(Tolerance.STEPS, Scale.INPUTS, 1, new ExactGelu(), x);
            c.add(Tolerance.STEPS, Scale.INPUTS, 1, new ExactGeluGradient(), x, dy);
            c.add(Tolerance.STEPS, new Silu(), x);
            c.add(Tolerance.STEPS, Scale.INPUTS, 1, new SiluGradient(), x, dy);
        }
    }

    static void gates(Cases c) {
        for (long[] dims : c.shapes(
                new long[] {3, 7},
                new long[] {1},
                new long[] {0, 4},
                new long[] {5, c.large() / 5},
                new long[] {2, 3, 33},
                new long[] {40, 500})) {
            long[] twice = dims.clone();
            twice[dims.length - 1] *= 2;
            Value packed = c.normal(2, twice);
            c.add(Tolerance.STEPS, new SwiGlu(), packed);
            c.add(Tolerance.STEPS, Scale.INPUTS, 1, new SwiGluGradient(), packed, c.normal(dims));
        }
    }
}
