package dev.javelin.api.trainer;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a run tells about itself while it trains; none of it changes the weights.
 *
 * @param logs the files of numbers in the run's folder; none without a folder
 * @param spikes when a step is reported because its loss or gradient norm stands out
 */
public record Monitoring(Set<RunLog> logs, SpikeOptions spikes) {
    public Monitoring {
        EnumSet<RunLog> copy = EnumSet.noneOf(RunLog.class);
        copy.addAll(logs);
        logs = Collections.unmodifiableSet(copy);
    }

    /** All logs and a look at spikes: together they cost less than a kilobyte and some microseconds a step. */
    public static Monitoring standard() {
        return new Monitoring(EnumSet.allOf(RunLog.class), SpikeOptions.standard());
    }

    /** Writes these logs and no others. */
    public Monitoring withLogs(Set<RunLog> logs) {
        return new Monitoring(logs, spikes);
    }

    public Monitoring withSpikes(SpikeOptions spikes) {
        return new Monitoring(logs, spikes);
    }
}
