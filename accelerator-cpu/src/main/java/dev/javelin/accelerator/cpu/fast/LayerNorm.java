package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Layer normalisation over rows of fp32, {@code y = (x − mean) · rstd · gamma + beta} with {@code rstd = 1 / sqrt(variance
 * + eps)} and the biased variance, taken about the mean in a second pass.
 *
 * <p>Bits: a row's sums run over its vectors in order, two at a time, and over lanes by {@link Raw#sum}; sums over rows
 * are taken within fixed blocks of rows and combined in block order. None of it depends on threads.
 *
 * <p>Source: Ba, Kiros and Hinton, Layer Normalization, 2016; the backward formula as in llm.c.
 */
public final class LayerNorm {

    private LayerNorm() {}

    /**
     * Forward.
     *
     * @param x [rows, cols]
     * @param gamma [cols], or 0 for ones
     * @param beta [cols], or 0 for zeros
     * @param y [rows, cols]; may be {@code x}
     * @param mean [rows]
     * @param rstd [rows]
     */
    public static void forward(
            Workers workers,
            long rows,
            int cols,
            float eps,
            long x,
            long gamma,
            long beta,
            long y,
            long mean,
            long rstd) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                forwardRow(x + 4 * r * cols, gamma, beta, y + 4 * r * cols, cols, eps, mean + 4 * r, rstd + 4 * r);
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
            long beta,
            long sum,
            long y,
            long mean,
            long rstd) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                long at = 4 * r * cols;
                Raw.sumRow(x + at, residual + 4 * (r % residualRows) * cols, sum + at, cols);
                forwardRow(sum + at, gamma, beta, y + at, cols, eps, mean + 4 * r, rstd + 4 * r);
            }
        });
    }

    private static void forwardRow(
            long x, long gamma, long beta, long y, int cols, float eps, long meanAt, long rstdAt) {
        float mean = rowSum(x, cols) / cols;
        float rstd = (float) (1.0 / Math.sqrt((double) squaredDeviations(x, cols, mean) / cols + eps));
        Raw.putFloat(meanAt, mean);
        Raw.putFloat(rstdAt, rstd);
        FloatVector one = Raw.splat(1f);
        FloatVector zero = Raw.splat(0f);
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            FloatVector n = Raw.load(x + 4L * i).sub(mean).mul(rstd);
            FloatVector g = gamma == 0 ? one : Raw.load(gamma + 4L * i);
            FloatVector b = beta == 0 ? zero : Raw.load(beta + 4L * i);
            Raw.store(n.fma(g, b), y + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            FloatVector n = Raw.load(x + 4L * i, m).sub(mean).mul(rstd);
            FloatVector g = gamma == 0 ? one : Raw.load(gamma + 4L * i, m);
            FloatVector b = beta == 0 ? zero : Raw.load(beta + 4L * i, m);
            Raw.store(n.fma(g, b), y + 4L * i, m);
        }
    }

    private static float rowSum(long x, int cols) {
        FloatVector s0 = Raw.splat(0f);
        FloatVector s1 = s0;
        int i = 0;
        for (; i <= cols - 2 * Raw.LANES; i += 2 * Raw.LANES) {
            s0 = s0.add(Raw.load(x + 4L * i));
            s1 = s1.add(Raw.load(x + 4L * i + Raw.STEP));
        }
        for (; i < cols; i += Raw.LANES) {
            s0 = s0.add(Raw.load(x + 4L * i, Raw.head(cols - i)));
        }
        return Raw.sum(s0.add(s1));
    }

    private static float squaredDeviations(long x, int cols, float mean) {
        FloatVector s0 = Raw.splat(0f);
        FloatVector s1 = s0;
        int i = 0;
        for (; i <= cols - 2 * Raw.LANES; i += 2 * Raw.LANES) {
            FloatVector d0 = Raw.load(x + 4L * i).sub(mean);
            FloatVector d1 = Raw.load(x + 4L * i + Raw.STEP).sub(mean);
            s0 = d0.fma(d0, s0);
            s1 = d1.fma(d1, s1);
        }
        for (; i < cols; i += Raw.LANES) {
            VectorMask<Float> m = Raw.head(cols - i);
            FloatVector d = Raw.splat(0f).blend(Raw.load(x + 4L * i, m).sub(mean), m);
            s0 = d.fma(d, s0);
        }
        return Raw.sum(s0.add(s1));
    }

    /** Bytes that {@link #backward} needs to work in: a function of the shape alone. */
    public static long backwardWorkspaceBytes(long rows, int cols) {
        return 4L * 2 * cols * Tiles.partialBlocks(rows);
    }

    /**
     * Backward: {@code dx = rstd · (h − mean(h) − n · mean(h · n)) [+ residual]}, rounded before the residual is added, with {@code n = (x − mean) · rstd} and
     * {@code h = dy · gamma}; {@code dgamma = [dgamma +] Σ dy · n}, {@code dbeta = [dbeta +] Σ dy} over rows.
     *
     * @param gamma [cols], or 0 for ones
     * @param residual [rows, cols] added to dx, or 0 for none; may be {@code dx}
     * @param dx [rows, cols]; may be {@code dy}
     * @param dgamma [cols], or 0 if not wanted; {@code dbeta} likewise
     * @param accumulate whether dgamma and dbeta are added to
     * @param workspace {@link #backwardWorkspaceBytes} bytes
     */
    public static void backward(
            Workers workers,
            long rows,
            int cols,
            long dy,
            long x,
            long gamma,
            long mean,
            long rstd,
            long residual,
            long dx,
            long dgamma,
            long dbeta,
            boolean accumulate,
            long workspace) {
        long blockRows = Tiles.partialRows(rows);
        int blocks = Tiles.partialBlocks(rows);
        workers.run(blocks, (block, worker) -> {
            long partial = workspace + 8L * cols * block;
            Raw.zeroFloats(partial, 2L * cols);
            long end = Math.min(rows, (block + 1) * blockRows);
            for (long r = block * blockRows; r < end; r++) {
                long at = 4 * r * cols;
                float m = Raw.getFloat(mean + 4 * r);
                float s = Raw.getFloat(rstd + 4 * r);
                backwardRow(dy + at, x + at, gamma, m, s, residual == 0 ? 0 : residual + at, dx + at, cols, partial);
            }
        });
        if (dgamma != 0) {
            ColumnSum.combine(workers, blocks, 2L * cols, cols, workspace, dgamma, accumulate);
        }
        if (dbeta != 0) {
            ColumnSum.combine(workers, blocks, 2L * cols, cols, workspace + 4L * cols, dbeta, accumulate);
        }
    }

    private static void backwardRow(
            long dy, long x, long gamma, float mean, float rstd, long residual, long dx, int cols, long partial) {
        long partialBeta = partial + 4L * cols;
        FloatVector one = Raw.splat(1f);
        FloatVector sum = Raw.splat(0f);
        FloatVector dot = sum;
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            FloatVector d = Raw.load(dy + 4L * i);
            FloatVector n = Raw.load(x + 4L * i).sub(mean).mul(rstd);
            FloatVector h = d.mul(gamma == 0 ? one : Raw.load(gamma + 4L * i));
            sum = h.add(sum);
            dot = h.fma(n, dot);
            Raw.store(d.fma(n, Raw.load(partial + 4L * i)), partial + 4L * i);
            Raw.store(d.add(Raw.load(partialBeta + 4L * i)), partialBeta + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            FloatVector d = Raw.load(dy + 4L * i, m);
            FloatVector n = Raw.load(x + 4L * i, m).sub(mean).mul(rstd);
            FloatVector h = d.mul(gamma == 0 ? one : Raw.load(gamma + 4L * i, m));
            sum = h.add(sum);
            dot = dot.blend(h.fma(n, dot), m);
            Raw.store(d.fma(n, Raw.load(partial + 4L * i, m)), partial + 4L * i, m);
            Raw.store(d.add(Raw.load(partialBeta + 4L * i, m)), partialBeta + 4L * i, m);
        }
        float meanH = Raw.sum(sum) / cols;
        float meanHn = Raw.sum(dot) / cols;
        inputGradient(dy, x, gamma, mean, rstd, meanH, meanHn, residual, dx, cols);
    }

    private static void inputGradient(
            long dy,
            long x,
            long gamma,
            float mean,
            float rstd,
            float meanH,
            float meanHn,
            long residual,
            long dx,
            int cols) {
        FloatVector one = Raw.splat(1f);
        FloatVector zero = Raw.splat(0f);
        FloatVector negatedHn = Raw.splat(-meanHn);
        FloatVector scale = Raw.splat(rstd);
        int i = 0;
        for (; i <= cols - Raw.LANES; i += Raw.LANES) {
            FloatVector n = Raw.load(x + 4L * i).sub(mean).mul(rstd);
            FloatVector h = Raw.load(dy + 4L * i).mul(gamma == 0 ? one : Raw.load(gamma + 4L * i));
            FloatVector own = n.fma(negatedHn, h.sub(meanH)).fma(scale, zero);
            Raw.store(residual == 0 ? own : own.add(Raw.load(residual + 4L * i)), dx + 4L * i);
        }
        if (i < cols) {
            VectorMask<Float> m = Raw.head(cols - i);
            FloatVector n = Raw.load(x + 4L * i, m).sub(mean).mul(rstd);
            FloatVector h = Raw.load(dy + 4L * i, m).mul(gamma == 0 ? one : Raw.load(gamma + 4L * i, m));
            FloatVector own = n.fma(negatedHn, h.sub(meanH)).fma(scale, zero);
            Raw.store(residual == 0 ? own : own.add(Raw.load(residual + 4L * i, m)), dx + 4L * i, m);
        }
    }
}
