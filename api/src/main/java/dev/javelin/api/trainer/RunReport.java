package dev.javelin.api.trainer;

import java.nio.file.Path;
import java.util.List;

/**
 * How a run ended, and what its monitors found.
 *
 * @param ending why no further step was done
 * @param reason the same in words
 * @param best the checkpoints of the run with the lowest validation losses, the best first, at most {@code keepBest}
 * @param throughput of this process
 * @param spikes that this process found, the first {@link #MOST_SPIKES} of them
 * @param spikeCount how many it found
 * @param skippedSteps that wrote nothing, because scaled gradients overflowed
 */
public record RunReport(
        Ending ending,
        String reason,
        List<Kept> best,
        Throughput throughput,
        List<Spike> spikes,
        long spikeCount,
        long skippedSteps) {
    public static final int MOST_SPIKES = 100;

    /** Why a run ended. */
    public enum Ending {
        /** All its steps are done. */
        STEPS,
        /** Validations stopped getting better. */
        EARLY_STOPPING,
        /** A callback asked for it. */
        CALLBACK,
        /** It was stopped, and can be gone on with. */
        INTERRUPTED
    }

    /** A checkpoint with the validation loss that it was written with. */
    public record Kept(long step, double validationLoss, Path folder) {}

    public RunReport {
        best = List.copyOf(best);
        spikes = List.copyOf(spikes);
    }
}
