package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;

/**
 * What follows a matrix product in fp64: a bias, then GELU or a residual, over a [rows, cols] matrix in place. Scalar,
 * with StrictMath. Bits: each element by itself.
 */
public final class DoubleEpilogue {
    private static final double K = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private DoubleEpilogue() {}

    /**
     * {@code c = c + bias[n] + residual[m, n]}, an absent term being 0.
     *
     * @param bias [cols], or 0 for none
     * @param residual laid out like c, or 0 for none
     */
    public static void add(Workers workers, long rows, long cols, long c, long bias, long residual) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long i = from * cols; i < to * cols; i++) {
                double value = biased(c, bias, i, cols);
                Raw.putDouble(c + 8 * i, residual == 0 ? value : value + Raw.getDouble(residual + 8 * i));
            }
        });
    }

    /**
     * {@code c = c + bias[n]; y = gelu(c)}.
     *
     * @param bias [cols], or 0 for none
     */
    public static void gelu(Workers workers, long rows, long cols, long c, long bias, long y) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long i = from * cols; i < to * cols; i++) {
                double x = biased(c, bias, i, cols);
                Raw.putDouble(c + 8 * i, x);
                Raw.putDouble(y + 8 * i, 0.5 * x * (1 + StrictMath.tanh(K * (x + CUBIC * x * x * x))));
            }
        });
    }

    private static double biased(long c, long bias, long index, long cols) {
        double value = Raw.getDouble(c + 8 * index);
        return bias == 0 ? value : value + Raw.getDouble(bias + 8 * (index % cols));
    }
}
