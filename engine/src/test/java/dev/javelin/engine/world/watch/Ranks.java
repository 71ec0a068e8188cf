package dev.javelin.engine.world.watch;

import dev.javelin.engine.world.Pulse.Phase;
import java.util.concurrent.TimeUnit;

/** Ranks in situations, by a clock that the tests set: the time is given in milliseconds. */
final class Ranks {
    static final long TIMEOUT_MILLIS = 10_000;
    static final long NOW_MILLIS = 100_000;

    private Ranks() {}

    static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    static RankReport joined(int rank) {
        return RankReport.of(rank).withJoined("host-" + rank, 1000 + rank, 0);
    }

    /** In training step 12, its counter changed so long ago, heard of just now. */
    static RankReport trains(int rank, long stillMillis) {
        return stands(rank, Phase.TRAIN, stillMillis);
    }

    static RankReport stands(int rank, Phase phase, long stillMillis) {
        PulseReport pulse = PulseReport.start(rank).withPhase(phase).withProgress(77, 12, "matmul of h.1");
        return joined(rank).withPulse(pulse, nanos(NOW_MILLIS - stillMillis)).withPulse(pulse, nanos(NOW_MILLIS));
    }

    /** In a collective of training step 12, waiting there for so long and asking whether to wait on. */
    static RankReport waits(int rank, long ticket, long waitedMillis) {
        return waits(rank, Phase.TRAIN, ticket, waitedMillis);
    }

    static RankReport waits(int rank, Phase phase, long ticket, long waitedMillis) {
        PulseReport pulse = PulseReport.start(rank)
                .withPhase(phase)
                .withProgress(77, 12, "all_reduce")
                .withCollective(ticket, "all_reduce of unit h." + ticket + " as of rank " + rank);
        return joined(rank)
                .withPulse(pulse, nanos(NOW_MILLIS - waitedMillis))
                .withPulse(pulse.withWaiting(5, nanos(waitedMillis)), nanos(NOW_MILLIS));
    }

    static Failure failure(int rank) {
        return Failure.of(rank, "the model is broken").withCode("JVL-API-0001", "mend it");
    }
}
