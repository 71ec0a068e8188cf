package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * RMS normalisation over rows of fp32, {@code y = x · inverse · gamma} with {@code inverse = 1 / sqrt(mean(x²) + eps)}.
 *
 * <p>Bits: a row's sums run over its vectors in order, two at a time forward, and over lanes by {@link Raw#sum}; sums over
 * rows are taken within fixed blocks of rows and combined in block order. None of it depends on threads.
 *
 * <p>Source: Zhang and Sennrich, Root Mean Square Layer Normalization, 2019, section 3.
 */
public final class RmsNorm {

    private RmsNorm() {}

    /**
     * Forward.
     *
     * @param x [rows, cols]
     * @param gamma [cols]
     * @param y [rows, cols]; may be {@code x}
     * @param inverse [rows]
     */
    public static void forward(
            Workers workers, long rows, int cols, float eps, long x, long gamma, long y, long inverse) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                forwardRow(x + 4 * r * cols, gamma, y + 4 * r * cols, cols, eps, inverse + 4 * r);
            }
        });
    }

    /**
     * Forward of a sum: {@code sum = x + residual} is stored, and normed while it is in cache, with the bits of
     * {@link #forward} on it.
     *
     * @param x [rows, cols]
     * @param residual [residualRows, cols], added to each so many rows
     * @param sum [rows, cols]; may be {@code x}, or {@code residual} of as many rows
     * @param y [rows, cols]; may be {@code x}, or {@code residual} of as many rows, but not {@code sum}
     */
    public static void forwardSum(
            Workers workers,
            long rows,
            int cols,
            float eps,
            long x,
            long residual,
            long residualRows,
            long gamma,
            long sum,
            long y,
            long inverse) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                long at = 4 * r * cols;
                Raw.sumRow(x + at, residual + 4 * (r % residualRows) * cols, sum + at, cols);
                forwardRow(sum + at, gamma, y + at, cols, eps, inverse + 4 * r);
            }
        });
    }

    private static void forwardRow(long x, long gamma, long y, int cols, float eps, long inverseAt) {
        float inverse = (float) (1.0 / Math.sqrt((double) squares(x, cols) / cols + eps));
        Raw.putFloat(inverseAt, inverse);
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            Raw.store(Raw.load(x + 4L * i).mul(inverse).mul(Raw.load(gamma + 4L * i)), y + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            Raw.store(Raw.load(x + 4L * i, m).mul(inverse).mul(Raw.load(gamma + 4L * i, m)), y + 4L * i, m);
        }
    }

    private static float squares(long x, int cols) {
        FloatVector s0 = Raw.splat(0f);
        FloatVector s1 = Raw.splat(0f);
        int i = 0;
        for (; i <= cols - 2 * Raw.LANES; i += 2 * Raw.LANES) {
            FloatVector a = Raw.load(x + 4L * i);
            FloatVector b = Raw.load(x + 4L * i + Raw.STEP);
            s0 = a.fma(a, s0);
            s1 = b.fma(b, s1);
        }
        for (; i < cols; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4L * i, Raw.head(cols - i));
            s0 = a.fma(a, s0);
        }
        return Raw.sum(s0.add(s1));
    }

    /** Bytes that {@link #backward} needs to work in: a function of the shape alone. */
    public static long backwardWorkspaceBytes(long rows, int cols) {
        return 4L * cols * Tiles.partialBlocks(rows);
    }

    /**
     * Backward: {@code dx = inverse · (h − n · mean(h · n)) [+ residual]}, rounded before the residual is added, with {@code n = x · inverse} and {@code h = dy · gamma};
     * {@code dgamma = Σ dy · n} over rows.
     *
     * @param residual [rows, cols] added to dx, or 0 for none
     * @param dx [rows, cols]; may be {@code dy}, {@code x} or {@code residual}
     * @param dgamma [cols]
     * @param workspace {@link #backwardWorkspaceBytes} bytes
     */
    public static void backward(
            Workers workers,
            long rows,
            int cols,
            long dy,
            long x,
            long gamma,
            long inverse,
            long residual,
            long dx,
            long dgamma,
            long workspace) {
        long blockRows = Tiles.partialRows(rows);
        int blocks = Tiles.partialBlocks(rows);
        workers.run(blocks, (block, worker) -> {
            long partial = workspace + 4L * cols * block;
            Raw.zero(partial, 4L * cols);
            long end = Math.min(rows, (block + 1) * blockRows);
            for (long r = block * blockRows; r < end; r++) {
                long at = 4 * r * cols;
                float s = Raw.getFloat(inverse + 4 * r);
                float meanHn = scaleGradient(dy + at, x + at, gamma, s, cols, partial) / cols;
                long passing = residual == 0 ? 0 : residual + at;
                inputGradient(dy + at, x + at, gamma, s, meanHn, passing, dx + at, cols);
            }
        });
        ColumnSum.combine(workers, blocks, cols, cols, workspace, dgamma, false);
    }

    /** Adds dy · n to the partial sums and returns Σ h · n. */
    private static float scaleGradient(long dy, long x, long gamma, float inverse, int cols, long partial) {
        FloatVector dot = Raw.splat(0f);
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            FloatVector dn = Raw.load(dy + 4L * i).mul(Raw.load(x + 4L * i).mul(inverse));
            dot = dn.fma(Raw.load(gamma + 4L * i), dot);
            Raw.store(dn.add(Raw.load(partial + 4L * i)), partial + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            FloatVector dn =
                    Raw.load(dy + 4L * i, m).mul(Raw.load(x + 4L * i, m).mul(inverse));
            dot = dn.fma(Raw.load(gamma + 4L * i, m), dot);
            Raw.store(dn.add(Raw.load(partial + 4L * i, m)), partial + 4L * i, m);
        }
        return Raw.sum(dot);
    }

    private static void inputGradient(
            long dy, long x, long gamma, float inverse, float meanHn, long residual, long dx, int cols) {
        FloatVector negatedHn = Raw.splat(-meanHn);
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            FloatVector n = Raw.load(x + 4L * i).mul(inverse);
            FloatVector h = Raw.load(dy + 4L * i).mul(Raw.load(gamma + 4L * i));
            FloatVector own = n.fma(negatedHn, h).mul(inverse);
            Raw.store(residual == 0 ? own : own.add(Raw.load(residual + 4L * i)), dx + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            FloatVector n = Raw.load(x + 4L * i, m).mul(inverse);
            FloatVector h = Raw.load(dy + 4L * i, m).mul(Raw.load(gamma + 4L * i, m));
            FloatVector own = n.fma(negatedHn, h).mul(inverse);
            Raw.store(residual == 0 ? own : own.add(Raw.load(residual + 4L * i, m)), dx + 4L * i, m);
        }
    }
}
