package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Sum over rows of a [rows, cols] matrix of fp32, as for the gradient of a bias.
 *
 * <p>Bits: rows are added in order within fixed blocks of rows ({@link Tiles#partialRows}), the blocks' sums in block
 * order.
 */
public final class ColumnSum {

    /** Columns that one tile of {@link #combine} takes. */
    private static final long COLUMNS = 1 << 12;

    private ColumnSum() {}

    /** Bytes that {@link #run} needs to work in: a function of the shape alone. */
    public static long workspaceBytes(long rows, long cols) {
        return 4L * cols * Tiles.partialBlocks(rows);
    }

    /**
     * {@code db[n] = [db[n] +] Σ_m dy[m, n]}.
     *
     * @param accumulate whether db is added to
     * @param workspace {@link #workspaceBytes} bytes
     */
    public static void run(
            Workers workers, long rows, long cols, long dy, long db, boolean accumulate, long workspace) {
        long blockRows = Tiles.partialRows(rows);
        int blocks = Tiles.partialBlocks(rows);
        workers.run(blocks, (block, worker) -> {
            long first = block * blockRows;
            long count = Math.min(rows, first + blockRows) - first;
            sumRows(count, cols, cols, dy + 4 * first * cols, workspace + 4L * cols * block, false, 0, cols);
        });
        combine(workers, blocks, cols, cols, workspace, db, accumulate);
    }

    /** {@code out[n] = [out[n] +] Σ_b partial[b · stride + n]}, b ascending. */
    static void combine(
            Workers workers, int blocks, long stride, long cols, long partial, long out, boolean accumulate) {
        Tiles.run(
                workers,
                cols,
                COLUMNS,
                (from, to) -> sumRows(blocks, stride, cols, partial, out, accumulate, from, to));
    }

    /** Sums columns {@code from} to {@code to - 1} over rows, four vectors of columns at a time. */
    private static void sumRows(
            long rows, long stride, long cols, long in, long out, boolean accumulate, long from, long to) {
        long c = from;
        for (; c <= to - 4 * Raw.LANES; c += 4 * Raw.LANES) {
            FloatVector s0 = Raw.splat(0f);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            for (long r = 0; r < rows; r++) {
                long at = in + 4 * (r * stride + c);
                s0 = s0.add(Raw.load(at));
                s1 = s1.add(Raw.load(at + Raw.STEP));
                s2 = s2.add(Raw.load(at + 2L * Raw.STEP));
                s3 = s3.add(Raw.load(at + 3L * Raw.STEP));
            }
            long to0 = out + 4 * c;
            Raw.store(accumulate ? Raw.load(to0).add(s0) : s0, to0);
            Raw.store(accumulate ? Raw.load(to0 + Raw.STEP).add(s1) : s1, to0 + Raw.STEP);
            Raw.store(accumulate ? Raw.load(to0 + 2L * Raw.STEP).add(s2) : s2, to0 + 2L * Raw.STEP);
            Raw.store(accumulate ? Raw.load(to0 + 3L * Raw.STEP).add(s3) : s3, to0 + 3L * Raw.STEP);
        }
        for (; c < to; c += Raw.LANES) {
            VectorMask<Float> m = Raw.head(to - c);
            FloatVector s = Raw.splat(0f);
            for (long r = 0; r < rows; r++) {
                s = s.add(Raw.load(in + 4 * (r * stride + c), m));
            }
            long at = out + 4 * c;
            Raw.store(accumulate ? Raw.load(at, m).add(s) : s, at, m);
        }
    }
}
