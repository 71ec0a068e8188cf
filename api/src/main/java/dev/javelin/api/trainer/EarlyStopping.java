package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;

/**
 * Ends a run when validations stop getting better.
 *
 * <p>A validation is better if what is watched lies below the best so far by more than {@code minDelta} (above, for what
 * shall grow). After {@code patience} validations in a row that are not, the run ends, as if this step had been its last.
 * The count goes on where it was when a run is resumed; raising the patience takes a stopped run further.
 *
 * @param patience validations in a row without a better one after which the run ends; 0 never ends it
 * @param minDelta how much better it has to be to count, in the units of what is watched
 * @param monitor {@link #VALIDATION_LOSS}, or the name of a scalar that the module logs in its validation step
 * @param goal whether it shall become less or more
 */
public record EarlyStopping(int patience, double minDelta, String monitor, Goal goal) {
    /** The weighted mean loss over the validation data. */
    public static final String VALIDATION_LOSS = "validationLoss";

    /** Which way is better. */
    public enum Goal {
        MIN,
        MAX
    }

    public EarlyStopping {
        if (patience < 0 || !(minDelta >= 0) || Double.isInfinite(minDelta)) {
            throw new JavelinException(
                    "JVL-CFG-0090",
                    "early stopping with a patience of " + patience + " and a minDelta of " + minDelta,
                    "use a patience of 0 (never) or more validations and a finite minDelta of 0 or more");
        }
    }

    /** Never stops early. */
    public static EarlyStopping none() {
        return after(0);
    }

    /** Stops after so many validations in a row without a lower validation loss. */
    public static EarlyStopping after(int patience) {
        return new EarlyStopping(patience, 0, VALIDATION_LOSS, Goal.MIN);
    }

    public EarlyStopping withMinDelta(double minDelta) {
        return new EarlyStopping(patience, minDelta, monitor, goal);
    }

    /** Watches a scalar that the module logs in its validation step, or {@link #VALIDATION_LOSS}. */
    public EarlyStopping withMonitor(String monitor, Goal goal) {
        return new EarlyStopping(patience, minDelta, monitor, goal);
    }

    /** Whether it can end a run. */
    public boolean active() {
        return patience > 0;
    }
}
