package dev.javelin.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    Path run;

    private void write(long step, double validationLoss) {
        new CheckpointWriter().write(run, step, Samples.state(validationLoss), Samples.entries(step, Long.MAX_VALUE));
    }

    private void writeWithoutLoss(long step) {
        new CheckpointWriter().write(run, step, Json.object(), Samples.entries(step, Long.MAX_VALUE));
    }

    private List<Long> steps() {
        return RunFolder.committed(run).stream().map(RunFolder.Found::step).toList();
    }

    @Test
    void checkpointsAreListedByStepNotByName() {
        write(100, 1);
        write(9, 1);
        write(20, 1);
        assertEquals(List.of(9L, 20L, 100L), steps());
    }

    @Test
    void theLastOnesAndTheBestOnesStay() {
        double[] losses = {3, 1, 2, 5, 4, 6};
        for (int i = 0; i < losses.length; i++) {
            write(10L * (i + 1), losses[i]);
        }
        List<Path> removed = RunFolder.retain(run, 2, 1);
        assertEquals(List.of(20L, 50L, 60L), steps());
        assertEquals(3, removed.size());
    }

    @Test
    void aBestOneThatIsAlsoAmongTheLastCountsOnce() {
        write(10, 3);
        write(20, 2);
        write(30, 1);
        RunFolder.retain(run, 1, 1);
        assertEquals(List.of(30L), steps());
    }

    @Test
    void ofEquallyGoodOnesTheNewerStays() {
        write(10, 1);
        write(20, 1);
        write(30, 2);
        RunFolder.retain(run, 1, 1);
        assertEquals(List.of(20L, 30L), steps());
    }

    @Test
    void checkpointsWithoutAValidationLossAreNeverTheBest() {
        writeWithoutLoss(10);
        write(20, 7);
        writeWithoutLoss(30);
        RunFolder.retain(run, 1, 2);
        assertEquals(List.of(20L, 30L), steps());
    }

    @Test
    void theOnlyCheckpointAndTheNewestAreNeverRemoved() {
        write(10, 9);
        assertTrue(RunFolder.retain(run, 1, 0).isEmpty());
        write(20, 10);
        RunFolder.retain(run, 1, 0);
        assertEquals(List.of(20L), steps());
    }

    @Test
    void foldersOfOtherNamesAreLeftAlone() throws IOException {
        Files.createDirectories(run.resolve("checkpoint-best"));
        Files.createDirectories(run.resolve("checkpoint-1"));
        Files.writeString(run.resolve("metrics.jsonl"), "{}");
        write(2, 1);
        write(3, 1);
        RunFolder.retain(run, 1, 0);
        assertTrue(Files.exists(run.resolve("checkpoint-best")));
        assertTrue(Files.exists(run.resolve("checkpoint-1")));
        assertTrue(Files.exists(run.resolve("metrics.jsonl")));
        assertEquals(List.of(3L), steps());
    }

    @Test
    void aMissingFolderHasNoCheckpoints() {
        assertEquals(List.of(), RunFolder.committed(run.resolve("none")));
        assertTrue(RunFolder.newest(run.resolve("none")).isEmpty());
    }
}
