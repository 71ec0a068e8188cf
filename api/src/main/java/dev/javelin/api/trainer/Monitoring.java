package dev.javelin.api.trainer;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a run tells about itself while it trains; none of it changes the weights.
 *
 * @param logs the files of numbers in the run's folder; none without a folder
 */
public record Monitoring(Set<RunLog> logs) {
    public Monitoring {
        EnumSet<RunLog> copy = EnumSet.noneOf(RunLog.class);
        copy.addAll(logs);
        logs = Collections.unmodifiableSet(copy);
    }

    /** All logs: together they cost a few kilobytes and some microseconds a step. */
    public static Monitoring standard() {
        return new Monitoring(EnumSet.allOf(RunLog.class));
    }

    /** Writes these logs and no others. */
    public Monitoring withLogs(Set<RunLog> logs) {
        return new Monitoring(logs);
    }
}
