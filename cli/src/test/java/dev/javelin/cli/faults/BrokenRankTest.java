package dev.javelin.cli.faults;

import dev.javelin.cli.faults.FaultyRank.Job;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What user code does wrong in one rank of two. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@DisplayName("a rank whose code is broken")
class BrokenRankTest {
    @TempDir
    Path folder;

    private RankJob run(Fault fault, int rank, String communicator) {
        return RankJob.run(new Job(fault, rank, communicator, 1_000, folder.resolve("run")));
    }

    @Test
    @DisplayName("is named with its exit code if it ends the JVM")
    void exits() {
        RankJob job = run(Fault.EXIT, 1, "local");
        job.assertFailed(
                "JVL-RNK-0001",
                "rank 1",
                "exited with code 3",
                "last seen in phase train, step ",
                "rank 0 waits in step 12");
        job.assertGoesOn(10);
    }

    @Test
    @DisplayName("is named with the exception that its data throw")
    void dataThrow() {
        RankJob job = run(Fault.DATA, 1, "local");
        job.assertFailed("JVL-RNK-0003", "rank 1", "step 12", "reading the rows", "the disk of the test is broken");
        job.assertGoesOn(10);
    }

    @Test
    @DisplayName("is named with the exception that its model throws")
    void modelThrows() {
        run(Fault.MODEL, 1, "local")
                .assertFailed("JVL-RNK-0003", "rank 1", "phase start", "tracing", "the model of the test is broken");
    }

    @Test
    @Tag("long")
    @DisplayName("may be the first one, with the exception of its model")
    void modelOfTheFirstThrows() {
        run(Fault.MODEL, 0, "tcp")
                .assertFailed("JVL-RNK-0003", "rank 0", "phase start", "tracing", "the model of the test is broken");
    }

    @Test
    @DisplayName("is named as standing still if reading data never returns")
    void dataHang() {
        RankJob job = run(Fault.HANG, 1, "local");
        job.assertFailed(
                "JVL-RNK-0002",
                "rank 1",
                "has made no progress",
                "step 12",
                "reading the rows",
                "rank 0 waits in step 12");
        job.assertGoesOn(10);
    }

    @Test
    @Tag("long")
    @DisplayName("may be the first one, standing still")
    void dataOfTheFirstHang() {
        RankJob job = run(Fault.HANG, 0, "tcp");
        job.assertFailed(
                "JVL-RNK-0002",
                "rank 0",
                "has made no progress",
                "step 12",
                "reading the rows",
                "rank 1 waits in step 12");
        job.assertGoesOn(10);
    }

    @Test
    @DisplayName("is named with both collectives if it leaves out a step")
    void skips() {
        run(Fault.SKIP, 1, "tcp").assertFailed("JVL-RNK-0004", "rank 1", "step 13", "rank 0 is in", "step 12");
    }

    @Test
    @Tag("long")
    @DisplayName("is named with both collectives by communicator local, too")
    void skipsWithLocal() {
        run(Fault.SKIP, 0, "local").assertFailed("JVL-RNK-0004", "rank 0", "step 13", "rank 1 is in", "step 12");
    }
}
