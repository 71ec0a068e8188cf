package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Seat;

/**
 * How a rank waits for a word of shared memory to reach a value: it spins for some microseconds, then sleeps until a
 * peer rings, in slices after which it asks whether it is in vain.
 *
 * <p>The spin adapts: as long as peers come within {@link #LONGEST_NANOS}, it is worth while to spin so long; where they
 * do not, since cores are shared with others, it only keeps them from coming.
 */
final class Patience {
    private static final long SHORTEST_NANOS = 2_000;
    private static final long LONGEST_NANOS = 50_000;
    private static final int TURNS = 16;

    private final Seat seat;
    private final Bell bell;
    private long spinNanos = LONGEST_NANOS;

    Patience(Seat seat, Bell bell) {
        this.seat = seat;
        this.bell = bell;
    }

    /** Says whether it is in vain to wait on: throws then. */
    @FunctionalInterface
    interface Check {
        void run();
    }

    /**
     * Waits until the word is at least the value.
     *
     * @param check called before each sleep
     * @throws JavelinException what {@link Seat#waiting} and the check throw
     */
    void await(long word, long value, Check check) {
        if (Words.read(word) >= value) {
            return;
        }
        long since = System.nanoTime();
        if (spin(word, value, since)) {
            return;
        }
        while (Words.read(word) < value) {
            check.run();
            requireUninterrupted();
            seat.waiting(since);
            bell.sleep(word, value);
        }
        boolean soon = System.nanoTime() - since < LONGEST_NANOS;
        spinNanos = soon ? LONGEST_NANOS : Math.max(SHORTEST_NANOS, spinNanos / 2);
    }

    private boolean spin(long word, long value, long since) {
        do {
            for (int turn = 0; turn < TURNS; turn++) {
                if (Words.read(word) >= value) {
                    spinNanos = Math.min(LONGEST_NANOS, spinNanos * 2);
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - since < spinNanos);
        return false;
    }

    private static void requireUninterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new JavelinException(
                    "JVL-COM-0003",
                    "the rank was interrupted while it waited for others",
                    "see what ended the run; the group is of no more use");
        }
    }
}
