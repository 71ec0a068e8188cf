package dev.javelin.engine.world.watch;

import static dev.javelin.engine.world.watch.Ranks.failure;
import static dev.javelin.engine.world.watch.Ranks.nanos;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.engine.world.Pulse.Phase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchTest {
    private static final long TIMEOUT_MILLIS = 10_000;

    private final List<Verdict> told = new ArrayList<>();
    private long nowMillis;
    private final Watch watch = new Watch(2, nanos(TIMEOUT_MILLIS), () -> nanos(nowMillis), told::add);

    private void join() {
        watch.joined(0, "a", 1);
        watch.joined(1, "b", 2);
    }

    private static PulseReport training(int rank, long counter) {
        return PulseReport.start(rank).withPhase(Phase.TRAIN).withProgress(counter, 1, "matmul");
    }

    /** Lets time pass in ticks, at each of which both ranks tell of themselves. */
    private void pass(long millis, PulseReport zero, PulseReport one) {
        for (long end = nowMillis + millis; nowMillis < end; ) {
            nowMillis += 250;
            watch.heard(zero);
            watch.heard(one);
            watch.tick();
        }
    }

    @Test
    void theFirstVerdictStandsAndIsToldOnce() {
        join();
        watch.failed(failure(1));
        watch.failed(failure(0));
        watch.lost(0, Loss.exited(3));
        watch.tick();

        assertEquals(1, told.size());
        assertEquals(1, told.getFirst().rank());
        assertEquals(told.getFirst(), watch.verdict().orElseThrow());
    }

    @Test
    void aCounterThatMovesKeepsARankInnocentAndOneThatStopsDoesNot() {
        join();
        for (int step = 0; step < 100; step++) {
            pass(500, training(0, step), training(1, step));
        }
        assertEquals(List.of(), told);

        for (int step = 100; step < 125; step++) {
            pass(500, training(0, step), training(1, 7));
        }
        assertEquals("JVL-RNK-0002", told.getFirst().code());
        assertEquals(1, told.getFirst().rank());
    }

    @Test
    void aWatchThatWasStoppedItselfBlamesNobody() {
        join();
        pass(1_000, training(0, 1), training(1, 1));
        nowMillis += 60_000;
        watch.tick();
        assertEquals(List.of(), told);

        pass(1_000, training(0, 2), training(1, 2));
        assertEquals(List.of(), told);
    }

    @Test
    void anExitCodeReplacesTheBrokenConnectionThatCameBefore() {
        join();
        pass(1_000, training(0, 1), training(1, 1));
        watch.lost(1, Loss.broken("the connection was closed", true));
        assertEquals(List.of(), told);
        watch.lost(1, Loss.exited(137));
        nowMillis += 500;
        watch.tick();

        assertTrue(told.getFirst().problem().contains("SIGKILL"), told::toString);
    }

    @Test
    void aRankCountsAsWaitingOnlyUntilItLastAskedWhetherToWaitOn() {
        join();
        PulseReport zero = training(0, 1).withCollective(1, "all_reduce");
        PulseReport one = PulseReport.start(1);
        for (int tick = 1; tick <= 240; tick++) {
            pass(250, zero.withWaiting(tick, nanos(250L * tick)), one.withWaiting(tick, nanos(250L * tick - 55_000)));
        }
        assertEquals(List.of(), told);
        // Rank 1 loads for a minute after a wait of 5 s: rank 0 has waited for two minutes, rank 1 still for 5 s.
        for (int tick = 241; tick <= 480; tick++) {
            pass(250, zero.withWaiting(tick, nanos(250L * tick)), one.withWaiting(240, nanos(250L * tick - 55_000)));
        }
        assertEquals(List.of(), told);
    }

    @Test
    void ranksThatAreMissingWhenTheTimeIsUpAreNamed() {
        watch.joined(0, "a", 1);
        watch.overdue(nanos(5_000));

        assertEquals("JVL-RNK-0005", told.getFirst().code());
        assertEquals(1, told.getFirst().rank());
    }

    @Test
    void aProcessThatEndedInsteadOfJoiningIsNamedWhenTheTimeIsUp() {
        watch.lost(1, Loss.exited(3));
        watch.overdue(nanos(5_000));

        assertEquals("JVL-RNK-0001", told.getFirst().code());
        assertTrue(
                told.getFirst().problem().contains("rank 1 exited with code 3 before it had joined"), told::toString);
    }
}
