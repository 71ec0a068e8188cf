package dev.javelin.engine.run;

import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.QueueRole;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How a rank leaves after a failure in the middle of a program: its own collectives must have ended before its memory
 * goes, and those of its peers, where they work directly in each other's memory.
 */
final class Retreat {
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private Retreat() {}

    /**
     * Waits until nothing works in this rank's memory any more; the communicator is aborted already.
     *
     * @return false if that cannot be told within a second
     */
    static boolean of(Team team, Accelerator accelerator) {
        drain(accelerator);
        if (team.member().closeness() != Seat.Closeness.THREADS) {
            return true;
        }
        AtomicInteger left = team.member().shared("session/left", AtomicInteger.class, AtomicInteger::new);
        left.incrementAndGet();
        long start = System.nanoTime();
        while (left.get() < team.size()) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    /** Waits until the queues stand still, whatever comes of it. */
    static void drain(Accelerator accelerator) {
        for (QueueRole role : QueueRole.values()) {
            try {
                accelerator.queue(role).synchronize();
            } catch (RuntimeException | Error e) {
                // It was thrown before, where it could be told, or follows from what was.
            }
        }
    }
}
