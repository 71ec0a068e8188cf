package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;

/**
 * Softmax over the rows of a [rows, cols] matrix of fp32: {@code y = e^(x − max) / Σ e^(x − max)}.
 *
 * <p>Terms below e^−87 of the greatest are 0. A row with a NaN or a positive infinity becomes NaN, as does one that is
 * −infinity throughout. Bits: a row's sum runs in the fixed order of {@link Rows}; a row is the work of one tile.
 */
public final class Softmax {

    private Softmax() {}

    /** {@code y = softmax(x)}; y may be x. */
    public static void forward(Workers workers, long rows, long cols, long x, long y) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                long at = 4 * r * cols;
                float sum = Rows.expSum(x + at, y + at, cols, Rows.max(x + at, cols));
                Rows.scale(y + at, y + at, cols, 1f / sum);
            }
        });
    }

    /** {@code dx = y · (dy − Σ dy · y)}; dx may be dy or y. */
    public static void backward(Workers workers, long rows, long cols, long dy, long y, long dx) {
        Tiles.rows(workers, rows, cols, (from, to) -> {
            for (long r = from; r < to; r++) {
                long at = 4 * r * cols;
                Rows.softmaxGradient(y + at, dy + at, dx + at, cols, Rows.dot(dy + at, y + at, cols), 1f);
            }
        });
    }
}
