package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Sum and maximum of each row of a [rows, cols] matrix of fp32.
 *
 * <p>Bits: a row is cut into blocks of {@link #BLOCK} elements; a block's sum runs over its vectors in order and
 * over lanes by {@link Raw#sum}; the blocks' sums are added in order in double and rounded once.
 */
public final class RowReduction {
    /** Elements of a block: few enough that its sum in fp32 loses little. */
    private static final long BLOCK = 4096;

    private RowReduction() {}

    /** {@code y[r] = Σ_c x[r, c]}. */
    public static void sum(Workers workers, long rows, long cols, long x, long y) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                double sum = 0;
                for (long c = 0; c < cols; c += BLOCK) {
                    sum += blockSum(x + 4 * (r * cols + c), Math.min(BLOCK, cols - c));
                }
                Raw.putFloat(y + 4 * r, (float) sum);
            }
        });
    }

    private static float blockSum(long x, long n) {
        FloatVector sum = Raw.splat(0f);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            sum = Raw.load(x + 4 * i).add(sum);
        }
        if (i < n) {
            sum = sum.add(Raw.load(x + 4 * i, Raw.head(n - i)));
        }
        return Raw.sum(sum);
    }

    /** {@code y[r] = max_c x[r, c]}; NaN if the row has one, −infinity if it is empty. */
    public static void max(Workers workers, long rows, long cols, long x, long y) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                long row = x + 4 * r * cols;
                Raw.putFloat(y + 4 * r, hasNan(row, cols) ? Float.NaN : Rows.max(row, cols));
            }
        });
    }

    private static boolean hasNan(long x, long n) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            if (Raw.load(x + 4 * i).test(VectorOperators.IS_NAN).anyTrue()) {
                return true;
            }
        }
        if (i < n) {
            return Raw.load(x + 4 * i, Raw.head(n - i))
                    .test(VectorOperators.IS_NAN)
                    .anyTrue();
        }
        return false;
    }
}
