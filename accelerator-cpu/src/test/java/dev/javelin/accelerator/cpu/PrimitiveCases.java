package dev.javelin.accelerator.cpu;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.Unary;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Inputs for the primitives: ordinary, odd, tiny and empty shapes, broadcasting of any rank, all transposes. */
public final class PrimitiveCases {
    private final List<Case> cases = new ArrayList<>();
    private final RandomGenerator random;
    private final DType dtype;

    private PrimitiveCases(RandomGenerator random, DType dtype) {
        this.random = random;
        this.dtype = dtype;
    }

    /** All cases of these floating types. */
    public static Stream<Case> of(RandomGenerator random, DType... dtypes) {
        List<Case> all = new ArrayList<>();
        for (DType dtype : dtypes) {
            PrimitiveCases some = new PrimitiveCases(random, dtype);
            some.elementwise();
            some.broadcasting();
            some.moves();
            some.reductions();
            some.products();
            some.tables();
            some.states();
            all.addAll(some.cases);
        }
        return all.stream();
    }

    private Value normal(long... dims) {
        return Value.normal(TensorType.of(dtype, dims), random, 2);
    }

    private void add(Tolerance tolerance, Operation operation, Value... inputs) {
        cases.add(new Case(operation, List.of(inputs), tolerance));
    }

    private void elementwise() {
        for (long[] dims : new long[][] {{}, {1}, {7}, {3, 33}, {2, 3, 129}, {40_000}, {0}}) {
            for (Unary.Kind kind : Unary.Kind.values()) {
                boolean positive = kind == Unary.Kind.LOG || kind == Unary.Kind.SQRT || kind == Unary.Kind.RSQRT;
                Value x = normal(dims);
                Value input = positive ? Value.generate(x.type(), i -> Math.abs(x.at(i)) + 1e-3) : x;
                add(Tolerance.SUMS, new Unary(kind), input);
            }
            add(Tolerance.EXACT, new Affine(-1.7, 0.3), normal(dims));
            add(Tolerance.EXACT, new Fill(TensorType.of(dtype, dims), 1.25));
            add(Tolerance.EXACT, new Fill(TensorType.of(dtype, dims), 0));
            DType other = dtype == DType.FLOAT32 ? DType.FLOAT64 : DType.FLOAT32;
            add(Tolerance.EXACT, new Cast(other), normal(dims));
            add(Tolerance.EXACT, new Cast(DType.INT32), normal(dims));
        }
    }

    private void broadcasting() {
        long[][][] pairs = {
            {{}, {}},
            {{5}, {}},
            {{}, {5}},
            {{40_000}, {}},
            {{}, {40_000}},
            {{3, 7}, {7}},
            {{7}, {3, 7}},
            {{3, 7}, {3, 1}},
            {{3, 1}, {1, 7}},
            {{2, 3, 4, 5}, {3, 1, 5}},
            {{2, 1, 4, 1}, {1, 3, 1, 5}},
            {{2, 1, 2, 1, 3, 1}, {1, 3, 1, 2, 1, 2}},
            {{4, 33, 65}, {33, 65}},
            {{0, 3}, {3}},
            {{1, 1}, {1, 1, 1}}
        };
        for (long[][] pair : pairs) {
            for (Binary.Kind kind : Binary.Kind.values()) {
                add(Tolerance.EXACT, new Binary(kind), normal(pair[0]), normal(pair[1]));
            }
            for (Compare.Kind kind : Compare.Kind.values()) {
                add(Tolerance.EXACT, new Compare(kind), few(pair[0]), few(pair[1]));
            }
            Value condition = Value.generate(TensorType.of(DType.BOOL, pair[1]), i -> random.nextInt(2));
            add(Tolerance.EXACT, new Select(), condition, normal(pair[0]), normal(pair[1]));
            add(Tolerance.EXACT, new Select(), condition, normal(), normal(pair[0]));
            Shape shape = Shape.broadcast(Shape.of(pair[0]), Shape.of(pair[1]));
            add(Tolerance.EXACT, new BroadcastTo(shape), normal(pair[0]));
        }
    }

    /** Small integers, so that some are equal. */
    private Value few(long... dims) {
        return Value.generate(TensorType.of(dtype, dims), i -> random.nextInt(-2, 3));
    }

    private void moves() {
        for (Integer[] order : new Integer[][] {{0, 1, 2, 3}, {0, 2, 1, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}}) {
            add(Tolerance.EXACT, new Permute(List.of(order)), normal(3, 5, 2, 7));
            add(Tolerance.EXACT, new Permute(List.of(order)), normal(2, 33, 35, 65));
            add(Tolerance.EXACT, new Permute(List.of(order)), normal(2, 0, 3, 1));
        }
        add(Tolerance.EXACT, new Permute(List.of(4, 2, 0, 1, 3)), normal(2, 3, 2, 3, 2));
        add(Tolerance.EXACT, new Permute(List.of()), normal());
        add(Tolerance.EXACT, new Slice(1, 2, 3), normal(4, 6, 5));
        add(Tolerance.EXACT, new Slice(0, 1, 2), normal(4, 6));
        add(Tolerance.EXACT, new Slice(2, 0, 0), normal(2, 3, 4));
        add(Tolerance.EXACT, new Pad(1, 2, 9), normal(4, 3, 5));
        add(Tolerance.EXACT, new Pad(0, 0, 3), normal(0, 2));
        add(Tolerance.EXACT, new Concat(1), normal(2, 3, 4), normal(2, 1, 4), normal(2, 0, 4), normal(2, 5, 4));
        add(Tolerance.EXACT, new Concat(0), normal(3));
        add(Tolerance.EXACT, new Pack(20), normal(3, 2), normal(), normal(0), normal(5));
        add(Tolerance.EXACT, new Pack(7), normal(7));
    }

    private void reductions() {
        for (Reduce.Kind kind : Reduce.Kind.values()) {
            for (List<Integer> dims : List.of(
                    List.<Integer>of(),
                    List.of(0),
                    List.of(1),
                    List.of(2),
                    List.of(0, 1),
                    List.of(0, 2),
                    List.of(1, 2),
                    List.of(0, 1, 2))) {
                add(Tolerance.SUMS, new Reduce(kind, dims), normal(3, 5, 7));
                add(Tolerance.CHAINS, new Reduce(kind, dims), normal(40, 3, 131)); // up to 15,720 terms
                add(Tolerance.SUMS, new Reduce(kind, dims), normal(2, 0, 3));
            }
            add(Tolerance.CHAINS, new Reduce(kind, List.of(0)), normal(10_001));
            add(Tolerance.SUMS, new Reduce(kind, List.of()), normal());
        }
    }

    /** Deviation 1, so that the sums of products stay small beside their terms' rounding. */
    private Value unit(long... dims) {
        return Value.normal(TensorType.of(dtype, dims), random, 1);
    }

    private void products() {
        long[][] extents = {{1, 1, 1}, {2, 3, 5}, {17, 33, 9}, {64, 70, 300}, {0, 3, 2}, {3, 0, 2}, {3, 2, 0}};
        for (long[] e : extents) {
            for (int transposes = 0; transposes < 4; transposes++) {
                boolean ta = (transposes & 1) != 0;
                boolean tb = (transposes & 2) != 0;
                MatMul product = new MatMul(ta, tb);
                long[] a = ta ? new long[] {e[2], e[0]} : new long[] {e[0], e[2]};
                long[] b = tb ? new long[] {e[1], e[2]} : new long[] {e[2], e[1]};
                add(Tolerance.CHAINS, product, unit(a), unit(b));
                add(Tolerance.CHAINS, product, unit(2, 3, a[0], a[1]), unit(2, 3, b[0], b[1]));
                if (!ta) {
                    add(Tolerance.CHAINS, product, unit(3, 2, a[0], a[1]), unit(b));
                }
            }
        }
    }

    private void tables() {
        for (long[] tokens : new long[][] {{}, {5}, {3, 40}, {0}}) {
            for (long width : new long[] {1, 3, 65}) {
                Value ids = Value.generate(TensorType.of(DType.INT32, tokens), i -> random.nextInt(11));
                add(Tolerance.EXACT, new Embedding(), normal(11, width), ids);
                long[] rows = java.util.Arrays.copyOf(tokens, tokens.length + 1);
                rows[tokens.length] = width;
                add(Tolerance.EXACT, new EmbeddingGradient(11), ids, normal(rows));
            }
        }
    }

    private void states() {
        for (long[] dims : new long[][] {{}, {3, 33}, {70_000}, {0}}) {
            for (int predicate = 0; predicate < 2; predicate++) {
                Value flag = Value.of(TensorType.of(DType.INT32), predicate);
                add(Tolerance.EXACT, new Assign(), normal(dims), normal(dims), flag);
            }
            add(Tolerance.EXACT, new Accumulate(), normal(dims), normal(dims));
            Value accumulator = Value.generate(SquareSum.ACCUMULATOR, i -> i == 30 ? 12345 : 0);
            add(Tolerance.EXACT, new SquareSum(), accumulator, normal(dims));
        }
    }
}
