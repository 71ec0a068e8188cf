package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Slice;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.Arrays;
import java.util.List;

/** Inputs for operations that move elements, look them up, or sum them. */
final class MoveCases {
    private static final List<DType> INTEGERS = List.of(DType.INT32, DType.INT64, DType.UINT8, DType.BOOL);
    private static final int ROWS = 11;

    private MoveCases() {}

    /** One move, of floating numbers and, once, of integers. */
    private static void add(Cases c, Operation operation, long[]... shapes) {
        c.add(Tolerance.EXACT, operation, Arrays.stream(shapes).map(c::normal).toArray(Value[]::new));
        if (c.first()) {
            for (DType integer : INTEGERS) {
                Value[] inputs = Arrays.stream(shapes)
                        .map(dims -> c.integers(integer, 0, 2, dims))
                        .toArray(Value[]::new);
                c.add(Tolerance.EXACT, operation, inputs);
            }
        }
    }

    static void moves(Cases c) {
        long large = c.large();
        for (long[] e : c.shapes(
                new long[] {3, 5, 4},
                new long[] {1, large / 7, 7},
                new long[] {2, 0, 3},
                new long[] {1, 1, 1},
                new long[] {5, 33, 65},
                new long[] {2, 64, 64})) {
            add(c, new BroadcastTo(Shape.of(e[0], e[1], e[2])), new long[] {e[1], 1});
            add(c, new BroadcastTo(Shape.of(e[0], e[1], e[2])), new long[] {e[0], 1, e[2]});
            add(c, new BroadcastTo(Shape.of(e[0], e[1], e[2])), new long[] {});
            add(c, new Permute(List.of(0, 2, 1)), e);
            add(c, new Permute(List.of(2, 0, 1)), e);
            add(c, new Permute(List.of(1, 0, 2)), e);
            add(c, new Slice(1, e[1] / 3, e[1] - e[1] / 3), e);
            add(c, new Slice(2, 0, (e[2] + 1) / 2), e);
            add(c, new Slice(2, e[2] / 2, 0), e);
            add(c, new Pad(1, 2, e[1] + 3), e);
            add(c, new Pad(2, 0, e[2] + 1), e);
            add(c, new Concat(1), e, new long[] {e[0], 1, e[2]}, new long[] {e[0], 0, e[2]});
            add(c, new Concat(0), e);
            add(c, new Pack(e[0] * e[1] * e[2] + 7), e, new long[] {}, new long[] {0}, new long[] {5});
        }
        add(c, new Permute(List.of(0, 2, 1, 3)), new long[] {2, 7, 3, 5});
        add(c, new Permute(List.of(3, 1, 0, 2)), new long[] {2, 3, 4, 5});
        add(c, new Permute(List.of(1, 0)), new long[] {33, 65});
        add(c, new Slice(0, 1, 2), new long[] {4, 3});
    }

    static void reductions(Cases c) {
        for (Reduce.Kind kind : Reduce.Kind.values()) {
            for (long[] shape : c.shapes(
                    new long[] {3, 5, 7},
                    new long[] {7, 3, c.large() / 21},
                    new long[] {2, 0, 3},
                    new long[] {40, 3, 131},
                    new long[] {1, 1, 1},
                    new long[] {2, 300, 33})) {
                for (List<Integer> dims :
                        List.of(List.of(2), List.of(0), List.of(1), List.of(0, 1), List.of(0, 2), List.of(0, 1, 2))) {
                    long terms = dims.stream().mapToLong(dim -> shape[dim]).reduce(1, (a, b) -> a * b);
                    reduce(c, new Reduce(kind, dims), terms, shape);
                }
            }
            reduce(c, new Reduce(kind, List.of(0)), c.large(), c.large());
            reduce(c, new Reduce(kind, List.of()), 1);
        }
    }

    private static void reduce(Cases c, Reduce reduce, long terms, long... shape) {
        boolean sum = reduce.kind() == Reduce.Kind.SUM;
        c.add(sum ? Tolerance.SUM : Tolerance.EXACT, Scale.TERMS, terms, reduce, c.normal(shape));
    }

    /** Ids outside of the table are among them. */
    static void embeddings(Cases c) {
        for (long[] tokens :
                c.shapes(new long[] {3, 40}, new long[] {5}, new long[] {0}, new long[] {}, new long[] {2, 130})) {
            for (long width : new long[] {65, 1, 4}) {
                Value ids = c.integers(DType.INT32, -1, ROWS + 1, tokens);
                c.add(Tolerance.EXACT, new Embedding(), c.normal(ROWS, width), ids);
                long[] rows = Arrays.copyOf(tokens, tokens.length + 1);
                rows[tokens.length] = width;
                // rounded at each of its additions by who adds in the type itself
                c.add(Tolerance.STORED_SUM, Scale.TERMS, 40, new EmbeddingGradient(ROWS), ids, c.normal(rows));
                Value one = Value.generate(TensorType.of(DType.INT32, tokens), i -> 3);
                c.add(Tolerance.STORED_SUM, Scale.TERMS, 260, new EmbeddingGradient(ROWS), one, c.normal(rows));
            }
        }
    }
}
