package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Rows of a [vocabulary, width] table of fp32 by int32 number, and the gradient of the table.
 *
 * <p>Bits of the gradient: each tile owns a slice of columns and adds the rows' contributions in token order, so that
 * every element of the table is a sum in token order.
 */
public final class Embedding {

    /** Columns of a slice: 4 cache lines. */
    private static final int SLICE = 64;

    private Embedding() {}

    /**
     * {@code out[r] = table[ids[r]]}.
     *
     * @param out [rows, width]; rows with an id outside the vocabulary become 0
     * @return the first row with an id outside the vocabulary, or -1
     */
    public static long gather(Workers workers, long rows, long vocabulary, int width, long table, long ids, long out) {
        Tiles.rows(workers, rows, width, (from, to) -> {
            for (long r = from; r < to; r++) {
                int id = Raw.getInt(ids + 4 * r);
                long row = out + 4 * r * width;
                if (id < 0 || id >= vocabulary) {
                    Raw.zeroFloats(row, width);
                } else {
                    Raw.copyFloats(table + 4L * id * width, row, width);
                }
            }
        });
        return firstBad(rows, vocabulary, ids);
    }

    /**
     * {@code dtable[id] = [dtable[id] +] Σ dy[r]} over the rows r with {@code ids[r] == id}, in order of r.
     *
     * @param dy [rows, width]
     * @param dtable [vocabulary, width]; rows that no id names become 0, or stay as they are when accumulating
     * @return the first row with an id outside the vocabulary (it is left out), or -1
     */
    public static long gradient(
            Workers workers,
            long rows,
            long vocabulary,
            int width,
            long dy,
            long ids,
            long dtable,
            boolean accumulate) {
        if (!accumulate) {
            Tiles.run(
                    workers,
                    vocabulary * width,
                    Tiles.ELEMENTS,
                    (from, to) -> Raw.zero(dtable + 4 * from, 4 * (to - from)));
        }
        Tiles.run(workers, width, SLICE, (from, to) -> {
            for (long r = 0; r < rows; r++) {
                int id = Raw.getInt(ids + 4 * r);
                if (id >= 0 && id < vocabulary) {
                    addSlice(dy + 4 * (r * width + from), dtable + 4 * ((long) id * width + from), (int) (to - from));
                }
            }
        });
        return firstBad(rows, vocabulary, ids);
    }

    private static void addSlice(long from, long to, int n) {
        int i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            Raw.store(Raw.load(to + 4L * i).add(Raw.load(from + 4L * i)), to + 4L * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector sum = Raw.load(to + 4L * i, m).add(Raw.load(from + 4L * i, m));
            Raw.store(sum, to + 4L * i, m);
        }
    }

    private static long firstBad(long rows, long vocabulary, long ids) {
        for (long r = 0; r < rows; r++) {
            int id = Raw.getInt(ids + 4 * r);
            if (id < 0 || id >= vocabulary) {
                return r;
            }
        }
        return -1;
    }
}
