package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code --max-restarts}. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("a job that may start again")
class RestartTest {
    private static final int STEPS = 100;

    @TempDir
    Path folder;

    @Test
    @DisplayName(
            "does so when a rank is killed, from the last checkpoint, and ends with the weights of one undisturbed")
    void restarts() throws IOException {
        Path broken = folder.resolve("broken");
        try (FitJob job = FitJob.start(broken, "--communicator=local", "--max-restarts=1", "--max-steps=" + STEPS)) {
            job.awaitCheckpoint();
            FitJob.signal("KILL", job.pid(1));
            assertEquals(0, job.end(), job::err);
            assertTrue(job.err().contains("JVL-RNK-0001 rank 1"), job::err);
            assertTrue(job.err().contains("Starting again from the last checkpoint"), job::err);
            assertEquals(STEPS, job.lastCheckpoint());
            job.assertNothingIsLeft();
        }
        Path whole = folder.resolve("whole");
        try (FitJob job = FitJob.start(whole, "--launch=threads", "--max-steps=" + STEPS)) {
            assertEquals(0, job.end(), job::err);
        }
        for (String file : List.of("model.safetensors", "m.safetensors", "v.safetensors")) {
            String path = "checkpoint-" + STEPS + "/" + file;
            assertArrayEquals(Files.readAllBytes(whole.resolve(path)), Files.readAllBytes(broken.resolve(path)), path);
        }
    }
}
