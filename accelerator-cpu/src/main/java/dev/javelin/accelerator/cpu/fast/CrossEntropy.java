package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Cross-entropy of rows of logits against class numbers: per kept row {@code loss = logSumExp(x) − x[target]}.
 *
 * <p>A row whose target is the ignored index has no loss, no weight and no gradient. Bits: a row's sum of exponentials
 * runs in the fixed order of {@link Rows}, its logarithm is StrictMath's; the rows' losses are added in row order in
 * double and rounded to float once.
 */
public final class CrossEntropy {

    private CrossEntropy() {}

    /** Bytes that {@link #forward} needs to work in. */
    public static long workspaceBytes(long rows) {
        return 8 * rows;
    }

    /**
     * The sum of the rows' losses and their number.
     *
     * @param logits [rows, classes] fp32
     * @param targets [rows] int32
     * @param logSumExp [rows] fp32, written for every row
     * @param lossSum one fp32: the sum over kept rows
     * @param weight one fp32: how many rows are not ignored
     * @param workspace {@link #workspaceBytes} bytes
     * @return the first row whose target is neither a class nor the ignored index (the sum leaves such rows out), or -1
     */
    public static long forward(
            Workers workers,
            long rows,
            long classes,
            long logits,
            long targets,
            int ignoredIndex,
            long logSumExp,
            long lossSum,
            long weight,
            long workspace) {
        Tiles.rows(workers, rows, classes, (from, to) -> {
            for (long r = from; r < to; r++) {
                long x = logits + 4 * r * classes;
                double lse = logSumExp(x, classes);
                Raw.putFloat(logSumExp + 4 * r, (float) lse);
                int target = Raw.getInt(targets + 4 * r);
                boolean inside = target >= 0 && target < classes;
                Raw.putDouble(workspace + 8 * r, inside ? lse - Raw.getFloat(x + 4L * target) : 0);
            }
        });
        return finish(rows, classes, targets, ignoredIndex, lossSum, weight, workspace);
    }

    private static double logSumExp(long x, long classes) {
        float max = Rows.max(x, classes);
        return max + StrictMath.log(Rows.expSumOnly(x, classes, max));
    }

    /** Adds up the rows' losses in row order; returns the first row whose target is no class. */
    private static long finish(
            long rows, long classes, long targets, int ignoredIndex, long lossSum, long weight, long losses) {
        long bad = -1;
        long kept = 0;
        double sum = 0;
        for (long r = 0; r < rows; r++) {
            int target = Raw.getInt(targets + 4 * r);
            if (target == ignoredIndex) {
                continue;
            }
            kept++;
            if (target < 0 || target >= classes) {
                bad = bad < 0 ? r : bad;
                continue;
            }
            sum += Raw.getDouble(losses + 8 * r);
        }
        Raw.putFloat(lossSum, (float) sum);
        Raw.putFloat(weight, kept);
        return bad;
    }

    /**
     * {@code dlogits = (e^(x − logSumExp) − onehot(target)) · g}; 0 in rows that are ignored or out of range.
     *
     * @param gradient one fp32: g
     * @param dlogits [rows, classes]; may be {@code logits}
     */
    public static void backward(
            Workers workers,
            long rows,
            long classes,
            long logits,
            long targets,
            int ignoredIndex,
            long logSumExp,
            long gradient,
            long dlogits) {
        float g = Raw.getFloat(gradient);
        Tiles.rows(workers, rows, classes, (from, to) -> {
            for (long r = from; r < to; r++) {
                int target = Raw.getInt(targets + 4 * r);
                long out = dlogits + 4 * r * classes;
                if (target == ignoredIndex || target < 0 || target >= classes) {
                    Raw.zeroFloats(out, classes);
                } else {
                    gradientRow(logits + 4 * r * classes, out, classes, Raw.getFloat(logSumExp + 4 * r), g, target);
                }
            }
        });
    }

    /**
     * {@link #forward} and {@link #backward} of each tile while it is in the cache, with the same bits.
     *
     * @param gradient one fp32: g
     * @param dlogits [rows, classes]; may be {@code logits}
     * @param workspace {@link #workspaceBytes} bytes
     * @return the first row whose target is neither a class nor the ignored index (the sum leaves such rows out), or -1
     */
    public static long both(
            Workers workers,
            long rows,
            long classes,
            long logits,
            long targets,
            int ignoredIndex,
            long gradient,
            long lossSum,
            long weight,
            long dlogits,
            long workspace) {
        float g = Raw.getFloat(gradient);
        Tiles.rows(workers, rows, classes, (from, to) -> {
            for (long r = from; r < to; r++) {
                Raw.putDouble(workspace + 8 * r, logSumExp(logits + 4 * r * classes, classes));
            }
            for (long r = from; r < to; r++) {
                int target = Raw.getInt(targets + 4 * r);
                long x = logits + 4 * r * classes;
                long out = dlogits + 4 * r * classes;
                if (target == ignoredIndex || target < 0 || target >= classes) {
                    Raw.zeroFloats(out, classes);
                } else {
                    double lse = Raw.getDouble(workspace + 8 * r);
                    Raw.putDouble(workspace + 8 * r, lse - Raw.getFloat(x + 4L * target));
                    gradientRow(x, out, classes, (float) lse, g, target);
                }
            }
        });
        return finish(rows, classes, targets, ignoredIndex, lossSum, weight, workspace);
    }

    private static void gradientRow(long x, long out, long n, float lse, float g, int target) {
        float atTarget = Raw.getFloat(x + 4L * target);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector p = Functions.exp(Raw.load(x + 4 * i).sub(lse));
            Raw.store(p.mul(g), out + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector p = Functions.exp(Raw.load(x + 4 * i, m).sub(lse));
            Raw.store(p.mul(g), out + 4 * i, m);
        }
        float p = Functions.exp(Raw.splat(atTarget - lse)).lane(0);
        Raw.putFloat(out + 4L * target, (p - 1f) * g);
    }
}
