package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.api.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A contiguous result and operands that are walked with strides of their own, with as few dims as possible: those of
 * extent 1 are left out, and neighbours that every operand walks through as one are joined.
 *
 * @param sizes extents, slowest first; [1] for a single element
 * @param strides of each operand, in elements; 0 where it is repeated
 */
record Strides(List<Long> sizes, List<List<Long>> strides) {
    /** Dims of a walk in {@code common.cuh}. */
    private static final int MOST_DIMS = 8;

    /** Operands that broadcast to a shape. */
    static Strides broadcasting(Shape shape, List<Shape> operands) {
        long[][] all = new long[operands.size()][shape.rank()];
        for (int o = 0; o < all.length; o++) {
            Shape operand = operands.get(o);
            long[] own = operand.strides();
            int missing = shape.rank() - operand.rank();
            for (int dim = 0; dim < own.length; dim++) {
                all[o][missing + dim] = operand.dim(dim) == 1 ? 0 : own[dim];
            }
        }
        return of(shape, all);
    }

    /** Operands with these strides, for each dim of a shape. */
    static Strides of(Shape shape, long[]... strides) {
        List<Long> sizes = new ArrayList<>();
        List<List<Long>> joined = new ArrayList<>();
        for (int o = 0; o < strides.length; o++) {
            joined.add(new ArrayList<>());
        }
        for (int dim = 0; dim < shape.rank(); dim++) {
            long extent = shape.dim(dim);
            if (extent == 1) {
                continue;
            }
            boolean join = !sizes.isEmpty();
            for (int o = 0; join && o < strides.length; o++) {
                join = joined.get(o).getLast() == strides[o][dim] * extent;
            }
            if (join) {
                sizes.set(sizes.size() - 1, sizes.getLast() * extent);
            } else {
                sizes.add(extent);
            }
            for (int o = 0; o < strides.length; o++) {
                if (join) {
                    joined.get(o).removeLast();
                }
                joined.get(o).add(strides[o][dim]);
            }
        }
        if (sizes.isEmpty()) {
            sizes.add(1L);
            joined.forEach(operand -> operand.add(1L));
        }
        return new Strides(List.copyOf(sizes), joined.stream().map(List::copyOf).toList());
    }

    int rank() {
        return sizes.size();
    }

    long elements() {
        return sizes.stream().reduce(1L, Math::multiplyExact);
    }

    /** Extent of the fastest dim. */
    long last() {
        return sizes.getLast();
    }

    /** True if element i of every operand belongs to element i of the result. */
    boolean contiguous() {
        return elements() == 0 || rank() == 1 && strides.stream().allMatch(operand -> operand.getFirst() == 1);
    }

    /** The longs of a {@code Walk}; empty if it has too few dims. */
    Optional<long[]> walk() {
        if (rank() > MOST_DIMS) {
            return Optional.empty();
        }
        long[] words = new long[1 + MOST_DIMS * (1 + strides.size())];
        words[0] = rank();
        write(sizes, words, 1);
        for (int o = 0; o < strides.size(); o++) {
            write(strides.get(o), words, 1 + MOST_DIMS * (1 + o));
        }
        return Optional.of(words);
    }

    private static void write(List<Long> values, long[] words, int at) {
        for (int i = 0; i < values.size(); i++) {
            words[at + i] = values.get(i);
        }
    }

    /** These numbers in a field of so many longs, zeros behind them. */
    static long[] field(List<Long> values, int longs) {
        return Arrays.copyOf(values.stream().mapToLong(Long::longValue).toArray(), longs);
    }
}
