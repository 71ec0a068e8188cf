package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Signals to the process that started the ranks. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("a launcher that")
class LauncherTest {
    @TempDir
    Path folder;

    /** Waits until none of these is there any more; when that was seen. */
    private static long awaitEnd(List<Long> pids, FitJob job) {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (pids.stream().anyMatch(pid -> ProcessHandle.of(pid).isPresent())) {
            assertTrue(System.nanoTime() < until, () -> "ranks are left: " + job.left() + "\n" + job.err());
            LockSupport.parkNanos(1_000_000);
        }
        return System.nanoTime();
    }

    @Test
    @DisplayName("is killed leaves ranks that end by themselves")
    void killed() {
        Path out = folder.resolve("run");
        try (FitJob job = FitJob.start(out, "--communicator=local")) {
            job.awaitCheckpoint();
            List<Long> ranks = List.of(job.pid(0), job.pid(1));
            long fault = FitJob.signal("KILL", job.pid());
            long end = awaitEnd(ranks, job);
            Bound.check("kill -9 of the launcher, local", fault, end);
            job.end();
            job.assertNothingIsLeft();
            assertTrue(job.lastCheckpoint() >= 10);
        }
    }

    @Test
    @DisplayName("is stopped leaves ranks that end by themselves, and says why when it may go on")
    void stopped() {
        Path out = folder.resolve("run");
        try (FitJob job = FitJob.start(out, "--communicator=tcp")) {
            job.awaitCheckpoint();
            List<Long> ranks = List.of(job.pid(0), job.pid(1));
            long fault = FitJob.signal("STOP", job.pid());
            long until = fault + TimeUnit.MINUTES.toNanos(3);
            while (ranks.stream().anyMatch(LauncherTest::runs)) {
                assertTrue(System.nanoTime() < until, () -> "ranks are left: " + job.left());
                LockSupport.parkNanos(1_000_000);
            }
            Bound.check("SIGSTOP of the launcher, tcp", fault, System.nanoTime());
            FitJob.signal("CONT", job.pid());
            assertEquals(4, job.end(), job::err);
            assertTrue(job.err().contains("the launcher"), job::err);
            job.assertNothingIsLeft();
            assertTrue(job.lastCheckpoint() >= 10);
        }
    }

    /** Whether a process still runs; one that has ended while its parent is stopped stays as an entry. */
    private static boolean runs(long pid) {
        try {
            return !java.nio.file.Files.readString(Path.of("/proc/" + pid + "/stat"))
                    .contains(") Z ");
        } catch (java.io.IOException e) {
            return false;
        }
    }

    @Test
    @DisplayName("is told to end lets the ranks write a checkpoint first")
    void terminated() {
        Path out = folder.resolve("run");
        try (FitJob job = FitJob.start(out, "--communicator=local")) {
            job.awaitCheckpoint();
            long fault = FitJob.signal("TERM", job.pid());
            assertEquals(143, job.end(), job::err);
            Bound.check("SIGTERM of the launcher, local", fault, job.endNanos());
            assertTrue(job.out().contains("stopped after step "), job::out);
            assertTrue(
                    job.out().contains("checkpoint: " + out.resolve("checkpoint-" + job.lastCheckpoint())), job::out);
            assertFalse(job.err().contains("JVL-RNK"), job::err);
            job.assertNothingIsLeft();
        }
    }
}
