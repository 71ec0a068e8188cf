package dev.javelin.api.trainer;

import java.util.Locale;

/** A form in which a run writes its numbers into its folder. */
public enum RunLog {
    /** {@code metrics.jsonl}: one object a line, with all there is. */
    JSONL,
    /** {@code metrics.csv}: a table for spreadsheets and data frames. */
    CSV,
    /** {@code events.out.tfevents...}: what TensorBoard reads. */
    TENSORBOARD;

    /** The name in configurations. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
