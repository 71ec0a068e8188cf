package dev.javelin.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The place of a run")
class RunPlaceTest {
    private static final LocalDateTime NOON = LocalDateTime.of(2026, 3, 1, 12, 0, 5);

    @TempDir
    Path folder;

    private Path run() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(run.resolve("metrics.jsonl"), "{}\n");
        Files.writeString(run.resolve(RunPlace.CONFIG), "model: small\n");
        Path checkpoint = Files.createDirectory(run.resolve("checkpoint-100"));
        Files.writeString(checkpoint.resolve("COMMITTED"), "x");
        Files.writeString(checkpoint.resolve("manifest.json"), "{}");
        return run;
    }

    private static String refused(Runnable call) {
        return assertThrows(JavelinException.class, call::run).code();
    }

    @Test
    @DisplayName("is a folder of its own under runs by default, named after the model and the time")
    void isFreshByDefault() {
        RunPlace place = RunPlace.settle(null, null, false, "gpt", NOON);
        assertEquals(Path.of("runs/gpt-20260301-120005").toAbsolutePath(), place.out());
    }

    @Test
    @DisplayName("must not hold a run already, unless it is to be overwritten")
    void refusesAnotherRun() throws IOException {
        Path run = run();
        assertEquals("JVL-CFG-0051", refused(() -> RunPlace.settle(run, null, false, "gpt", NOON)));
        RunPlace place = RunPlace.settle(run, null, true, "gpt", NOON);
        Files.writeString(run.resolve("notes.txt"), "mine");
        place.prepare("model: baby\n");
        assertFalse(Files.exists(run.resolve("metrics.jsonl")));
        assertFalse(Files.exists(run.resolve("checkpoint-100")));
        assertEquals("mine", Files.readString(run.resolve("notes.txt")));
        assertEquals("model: baby\n", Files.readString(run.resolve(RunPlace.CONFIG)));
    }

    @Test
    @DisplayName("is the run itself when a run or one of its checkpoints is resumed")
    void resumesInPlace() throws IOException {
        Path run = run();
        Path checkpoint = run.resolve("checkpoint-100");
        assertEquals(new RunPlace(run, run, false), RunPlace.settle(null, run, false, "gpt", NOON));
        assertEquals(new RunPlace(run, checkpoint, false), RunPlace.settle(null, checkpoint, false, "gpt", NOON));
        assertEquals(new RunPlace(run, run, false), RunPlace.settle(run, run, false, "gpt", NOON));
        Path other = folder.resolve("other");
        assertEquals(new RunPlace(other, run, false), RunPlace.settle(other, run, false, "gpt", NOON));
        assertEquals("JVL-CFG-0052", refused(() -> RunPlace.settle(null, run, true, "gpt", NOON)));
    }

    @Test
    @DisplayName("must be a folder that can be written")
    void refusesFiles() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertEquals("JVL-CFG-0054", refused(() -> RunPlace.settle(file, null, false, "gpt", NOON)));
        RunPlace inFile = new RunPlace(file.resolve("run"), null, false);
        assertEquals("JVL-CFG-0055", refused(() -> inFile.prepare("")));
        assertTrue(Files.exists(file));
    }
}
