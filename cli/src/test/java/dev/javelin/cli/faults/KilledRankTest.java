package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Signals to the process of one rank of two. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("a rank whose process")
class KilledRankTest {
    @TempDir
    Path folder;

    private Path out() {
        return folder.resolve("run");
    }

    private void kill(int rank, String communicator) {
        try (FitJob job = FitJob.start(out(), "--communicator=" + communicator)) {
            job.awaitCheckpoint();
            long pid = job.pid(rank);
            long fault = FitJob.signal("KILL", pid);
            job.assertFailed(
                    "kill -9 of rank " + rank + ", " + communicator,
                    fault,
                    "JVL-RNK-0001 rank " + rank,
                    "pid " + pid,
                    "was killed by signal 9 (SIGKILL)",
                    "last seen in phase ",
                    ", step ");
        }
    }

    private void stop(int rank, String communicator) {
        try (FitJob job = FitJob.start(out(), "--communicator=" + communicator)) {
            job.awaitCheckpoint();
            long pid = job.pid(rank);
            long fault = FitJob.signal("STOP", pid);
            job.assertFailed(
                    "SIGSTOP of rank " + rank + ", " + communicator,
                    fault,
                    "JVL-RNK-0001 rank " + rank,
                    "pid " + pid,
                    "has not been heard of for",
                    "last seen in phase ",
                    ", step ",
                    "rank " + (1 - rank) + " waits in step ");
        }
    }

    @Test
    @DisplayName("is killed ends the job, which can go on from the last checkpoint")
    void killed() {
        kill(1, "tcp");
        long last = newestCheckpoint();
        try (FitJob job = FitJob.of(
                out(), List.of(), List.of("fit", "--resume=" + out(), "--max-steps=" + (last + 3), "--cluster=none"))) {
            assertEquals(0, job.end(), job::err);
            assertEquals(last + 3, job.lastCheckpoint());
        }
    }

    @Test
    @Tag("long")
    @DisplayName("is killed may be the first one")
    void firstIsKilled() {
        kill(0, "local");
    }

    @Test
    @Tag("long")
    @DisplayName("is killed may talk by shared memory")
    void killedWithLocal() {
        kill(1, "local");
    }

    @Test
    @Tag("long")
    @DisplayName("is killed under mpirun ends the job in the same way, and lets it start again")
    void killedUnderMpirun() {
        Needs.program("mpirun", "openmpi-bin");
        try (FitJob job = FitJob.start(out(), "--communicator=mpi", "--max-restarts=1")) {
            job.awaitCheckpoint();
            FitJob.signal("KILL", job.pid(1));
            job.await("JVL-RNK-0001 rank 1");
            job.await("A rank failed. Starting again from the last checkpoint");
            job.await("training ", 2);
            long fault = FitJob.signal("KILL", job.pid(1));
            job.assertFailed("kill -9 of rank 1 under mpirun, mpi", fault, "JVL-RNK-0001 rank 1");
        }
    }

    @Test
    @DisplayName("is stopped is missed and ended")
    void stopped() {
        stop(1, "tcp");
    }

    @Test
    @Tag("long")
    @DisplayName("is stopped may be the first one")
    void firstIsStopped() {
        stop(0, "local");
    }

    @Test
    @DisplayName("is killed while it writes a checkpoint leaves no half of one")
    void killedWhileItSaves() {
        try (FitJob job = FitJob.start(
                out(), "--model=gpt:layers=2,width=256,heads=2,block=16", "--set=trainer.checkpointEvery=2")) {
            job.await("checkpoint after step 2:");
            long pid = job.pid(0);
            awaitPartial();
            long fault = FitJob.signal("KILL", pid);
            job.assertFailed("kill -9 of rank 0 during a save, local", fault, "JVL-RNK-0001 rank 0", "SIGKILL");
        }
    }

    private void awaitPartial() {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (names().noneMatch(name -> name.endsWith(".partial"))) {
            assertTrue(System.nanoTime() < until, "no checkpoint is being written");
            LockSupport.parkNanos(100_000);
        }
    }

    private Stream<String> names() {
        try (Stream<Path> children = Files.list(out())) {
            return children.map(path -> path.getFileName().toString()).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long newestCheckpoint() {
        return names().filter(name -> name.startsWith("checkpoint-"))
                .mapToLong(name -> Long.parseLong(name.substring("checkpoint-".length())))
                .max()
                .orElseThrow();
    }
}
