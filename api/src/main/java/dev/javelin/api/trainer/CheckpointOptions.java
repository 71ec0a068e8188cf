package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;

/**
 * When checkpoints are written and which are kept.
 *
 * @param everySteps steps between two; 0 writes only the last one
 * @param keepLast how many of the newest are kept
 * @param keepBest how many with the lowest validation loss are kept besides
 */
public record CheckpointOptions(long everySteps, int keepLast, int keepBest) {
    public CheckpointOptions {
        if (everySteps < 0 || keepLast < 1 || keepBest < 0) {
            throw new JavelinException(
                    "JVL-CFG-0006",
                    "checkpoints every " + everySteps + " steps, keep last " + keepLast + ", best " + keepBest,
                    "use 0 or more steps, keep at least the last one");
        }
    }

    /** Every 100 steps, the last two and the best. */
    public static CheckpointOptions standard() {
        return new CheckpointOptions(100, 2, 1);
    }
}
