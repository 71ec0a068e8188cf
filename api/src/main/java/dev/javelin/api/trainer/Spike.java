package dev.javelin.api.trainer;

import java.util.List;

/**
 * A step whose loss or gradient norm stands out, with what is needed to find its batch.
 *
 * @param quantity {@link #LOSS} or {@link #GRADIENT_NORM}
 * @param median of the steps before it
 * @param firstSample the first sample of the step, counted from 0 over all epochs
 * @param samples how many it consumed
 * @param rows the rows of the training data that these are, in order; the first {@link #MOST_ROWS} of them
 */
public record Spike(
        long step, String quantity, double value, double median, long firstSample, long samples, List<Long> rows) {
    public static final String LOSS = "loss";
    public static final String GRADIENT_NORM = "gradNorm";
    public static final int MOST_ROWS = 64;

    public Spike {
        rows = List.copyOf(rows);
    }
}
