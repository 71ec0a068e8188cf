package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

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

/** What takes long is no fault: four timeouts for an evaluation or a save, and many steps. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("no false alarm")
class PatienceTest {
    @TempDir
    Path folder;

    private RankJob run(Fault fault, int rank, String communicator, long steps) {
        return RankJob.run(new Job(fault, rank, communicator, steps, folder.resolve("run")));
    }

    @Test
    @DisplayName("comes of an evaluation that takes four timeouts on one rank")
    void slowEvaluation() {
        RankJob job = run(Fault.SLOW_EVALUATION, 1, "local", 20);
        job.assertWell();
        assertTrue(job.err().contains("fault SLOW_EVALUATION"), job.err());
    }

    @Test
    @Tag("long")
    @DisplayName("comes of a save that takes four timeouts on the first rank")
    void slowSave() {
        RankJob job = run(Fault.SLOW_SAVE, 0, "tcp", 20);
        job.assertWell();
        assertTrue(job.err().contains("fault SLOW_SAVE"), job.err());
    }

    @Test
    @Tag("long")
    @DisplayName("comes of ten thousand steps")
    void manySteps() {
        long start = System.nanoTime();
        run(Fault.NONE, 0, "local", 10_000).assertWell();
        System.out.println("fault matrix: 10,000 clean steps: no alarm in "
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " s");
    }
}
