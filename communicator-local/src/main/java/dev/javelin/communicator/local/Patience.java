package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Seat;

/**
 * How a rank waits for a word of shared memory to reach a value: it spins for some microseconds, then yields its core
 * again and again, then sleeps until a peer rings, in slices after which it asks whether it is in vain.
 *
 * <p>To wake a sleeper on another core costs tens of microseconds, a yield one or two, even where peers share a core. But
 * who yields to a thread that has nothing to do with this may not get the core back for milliseconds, whereas a sleeper
 * that is woken gets it at once: after such a loss the rank does without yields for a while.
 */
final class Patience {
    private static final long SPIN_NANOS = 3_000;
    private static final long YIELD_NANOS = 100_000;
    /** A yield that took longer went to a stranger. */
    private static final long LOST_NANOS = 1_000_000;

    private static final int LEAST_PAUSE = 64;
    private static final int MOST_PAUSE = 8192;
    private static final int TURNS = 16;

    private final Seat seat;
    private final Bell bell;
    /** Waits to come that do without yields. */
    private int pause;
    /** Length of the next pause. */
    private int nextPause = LEAST_PAUSE;

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
        if (spin(word, value, since) || giveWay(word, value, since)) {
            return;
        }
        while (Words.read(word) < value) {
            check.run();
            requireUninterrupted();
            seat.waiting(since);
            bell.sleep(word, value);
        }
    }

    private static boolean spin(long word, long value, long since) {
        do {
            for (int turn = 0; turn < TURNS; turn++) {
                if (Words.read(word) >= value) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - since < SPIN_NANOS);
        return false;
    }

    private boolean giveWay(long word, long value, long since) {
        if (pause > 0) {
            pause--;
            return false;
        }
        long before;
        long now = System.nanoTime();
        boolean there;
        do {
            Thread.yield();
            there = Words.read(word) >= value;
            before = now;
            now = System.nanoTime();
        } while (!there && now - since < YIELD_NANOS);
        if (now - before > LOST_NANOS) {
            pause = nextPause;
            nextPause = Math.min(MOST_PAUSE, 2 * nextPause);
        } else if (there) {
            nextPause = Math.max(LEAST_PAUSE, nextPause - 1);
        }
        return there;
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
