package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.api.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A reduction as {@code reductions.cu} sees it: kept and reduced dims with their strides in the input, as few as possible.
 * It goes by rows if the last dim is reduced, else by columns.
 *
 * @param rows true if the fastest dim is reduced
 */
record Reduction(boolean rows, List<Dim> kept, List<Dim> reduced) {
    /** Threads of a block. */
    static final int THREADS = 256;

    private static final int WARP = 32;
    private static final int MOST_DIMS = 8;
    /** Longs of the struct. */
    private static final int LONGS = 5 + 2 * (1 + 2 * MOST_DIMS);

    /** Terms of a result that one slice takes at most, so that no chain of sums grows long. */
    private static final long MOST_ROW_TERMS = 65_536;

    private static final long LEAST_ROW_TERMS = 4096;
    /** Vectors that a thread takes before more threads share a row. */
    private static final long VECTORS_PER_THREAD = 4;

    private static final long VECTORS_PER_WARP_THREAD = 16;
    /** Terms of a column that a thread adds, at least and at most. */
    private static final long LEAST_COLUMN_TERMS = 8;

    private static final long MOST_COLUMN_TERMS = 64;
    /** Threads side by side at least, where there are so many columns. */
    private static final int LEAST_LANES = 4;

    /** Blocks that keep any GPU busy: an amount of work, not the number of its processors. */
    private static final long ENOUGH_BLOCKS = 2048;

    /** An extent and the stride in the input, in elements. */
    record Dim(long size, long stride) {}

    /**
     * How a reduction is dealt.
     *
     * @param lanes threads side by side
     * @param slices of the terms
     * @param sliceTerms terms of a slice
     */
    record Cut(int lanes, long slices, long sliceTerms) {}

    static Reduction of(Shape shape, List<Integer> dims) {
        List<Dim> kept = new ArrayList<>();
        List<Dim> reduced = new ArrayList<>();
        long[] strides = shape.strides();
        boolean before = false;
        boolean rows = false;
        for (int dim = 0; dim < shape.rank(); dim++) {
            if (shape.dim(dim) == 1) {
                continue;
            }
            rows = dims.contains(dim);
            List<Dim> own = rows ? reduced : kept;
            if (!own.isEmpty() && before == rows) {
                own.add(new Dim(own.removeLast().size * shape.dim(dim), strides[dim]));
            } else {
                own.add(new Dim(shape.dim(dim), strides[dim]));
            }
            before = rows;
        }
        return new Reduction(rows, List.copyOf(kept), List.copyOf(reduced));
    }

    /** True if the struct has room for all dims. */
    boolean fits() {
        return kept.size() <= MOST_DIMS && reduced.size() <= MOST_DIMS;
    }

    long results() {
        return elements(kept);
    }

    /** Terms of a result. */
    long terms() {
        return elements(reduced);
    }

    private static long elements(List<Dim> dims) {
        return dims.stream().mapToLong(Dim::size).reduce(1, Math::multiplyExact);
    }

    /** How it is dealt, by its extents alone. */
    Cut cut(int width) {
        long total = Math.multiplyExact(results(), terms());
        if (rows) {
            long wanted = roundUp(Math.ceilDiv(total, ENOUGH_BLOCKS), LEAST_ROW_TERMS);
            long sliceTerms = Math.clamp(wanted, LEAST_ROW_TERMS, MOST_ROW_TERMS);
            return terms() <= 2 * sliceTerms
                    ? whole(width)
                    : new Cut(THREADS, Math.ceilDiv(terms(), sliceTerms), sliceTerms);
        }
        int lanes = columnLanes(width);
        long lines = THREADS / lanes;
        long tiles = results() / last() * Math.ceilDiv(last(), (long) lanes * width);
        long wanted = roundUp(Math.ceilDiv(tiles * terms(), ENOUGH_BLOCKS / 2), lines);
        long sliceTerms = Math.clamp(wanted, LEAST_COLUMN_TERMS * lines, MOST_COLUMN_TERMS * lines);
        return terms() <= 2 * sliceTerms ? whole(width) : new Cut(lanes, Math.ceilDiv(terms(), sliceTerms), sliceTerms);
    }

    /** All terms of a result in one slice. */
    Cut whole(int width) {
        return new Cut(rows ? rowLanes(width) : wholeColumnLanes(width), 1, roundUp(terms(), width));
    }

    /** Fewer columns a block, but 64 bytes or more side by side, so that a thread has few terms to add in a row. */
    private int wholeColumnLanes(int width) {
        long lines = Math.min(THREADS / LEAST_LANES, powerOfTwo(Math.ceilDiv(terms(), LEAST_COLUMN_TERMS)));
        return (int) Math.min(columnLanes(width), THREADS / lines);
    }

    private int rowLanes(int width) {
        long vectors = Math.ceilDiv(terms(), width);
        return vectors > WARP * VECTORS_PER_WARP_THREAD
                ? THREADS
                : (int) Math.min(WARP, powerOfTwo(Math.ceilDiv(vectors, VECTORS_PER_THREAD)));
    }

    private int columnLanes(int width) {
        return (int) Math.min(WARP, powerOfTwo(Math.ceilDiv(last(), width)));
    }

    private long last() {
        return kept.getLast().size;
    }

    private static long powerOfTwo(long atLeast) {
        return atLeast <= 1 ? 1 : Long.highestOneBit(atLeast - 1) << 1;
    }

    private static long roundUp(long value, long multiple) {
        return Math.ceilDiv(value, multiple) * multiple;
    }

    /** Blocks of its grid. */
    long blocks(Cut cut, int width) {
        return rows
                ? Math.ceilDiv(Math.multiplyExact(results(), cut.slices) * cut.lanes, (long) THREADS)
                : results() / last() * cut.slices * Math.ceilDiv(last(), (long) cut.lanes * width);
    }

    /** The reduction that joins the results of slices: [results, slices] by rows, [slices, results] by columns. */
    Reduction ofSlices(long slices) {
        long results = results();
        return rows
                ? new Reduction(true, List.of(new Dim(results, slices)), List.of(new Dim(slices, 1)))
                : new Reduction(false, List.of(new Dim(results, 1)), List.of(new Dim(slices, results)));
    }

    /** The struct's longs. */
    long[] words(Cut cut) {
        long[] words = new long[LONGS];
        words[0] = results();
        words[1] = terms();
        words[2] = cut.slices;
        words[3] = cut.sliceTerms;
        words[4] = cut.lanes;
        write(kept, words, 5);
        write(reduced, words, 5 + 1 + 2 * MOST_DIMS);
        return words;
    }

    private static void write(List<Dim> dims, long[] words, int at) {
        words[at] = dims.size();
        for (int i = 0; i < dims.size(); i++) {
            words[at + 1 + i] = dims.get(i).size;
            words[at + 1 + MOST_DIMS + i] = dims.get(i).stride;
        }
    }
}
