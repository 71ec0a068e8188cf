package dev.javelin.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
    @TempDir
    Path run;

    private static void write(Disk disk, Path run, long step) {
        new CheckpointWriter(disk).write(run, step, Samples.state(1), Samples.entries(step, Long.MAX_VALUE));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void requireHolds(Path run, long step) {
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            assertEquals(step, checkpoint.step());
            checkpoint.verify();
            assertArrayEquals(
                    Samples.values("wte.weight", "m", step), Samples.read(checkpoint, "wte.weight", "m", 0, 35));
        }
    }

    @Test
    void aDiskThatFillsUpAtAnyMomentLeavesThePreviousCheckpointWholeAndNothingElse() throws IOException {
        Samples.write(run, 1);
        int failures = 0;
        for (long actions = 0; ; actions++) {
            try {
                write(FailingDisk.fullAfter(actions), run, 2);
                break;
            } catch (JavelinException error) {
                failures++;
                assertEquals("JVL-CKP-0020", error.code());
                assertTrue(error.getMessage().contains("No space left on device"), error.getMessage());
                if (names(run).contains("checkpoint-2")) {
                    requireHolds(run, 2);
                    Disk.delete(run.resolve("checkpoint-2"));
                }
                assertEquals(List.of("checkpoint-1"), names(run));
                requireHolds(run, 1);
            }
        }
        assertTrue(failures > 40, failures + " places tried");
        requireHolds(run, 2);
    }

    @Test
    void aProcessKilledAtAnyMomentLeavesThePreviousCheckpointWholeAndTheNextWriteCleansUp() throws IOException {
        Samples.write(run, 1);
        for (long actions = 0; ; actions++) {
            try {
                write(FailingDisk.killedAfter(actions), run, 2);
                break;
            } catch (FailingDisk.Killed killed) {
                requireHolds(run, Files.exists(run.resolve("checkpoint-2")) ? 2 : 1);
            }
        }
        Samples.write(run, 3);
        assertEquals(List.of("checkpoint-1", "checkpoint-2", "checkpoint-3"), names(run));
    }

    @Test
    void aProcessKilledWhileItReplacesACheckpointLosesNeitherOldNorNew() throws IOException {
        for (long actions = 0; ; actions++) {
            Disk.delete(run);
            Samples.write(run, 2);
            try {
                write(FailingDisk.killedAfter(actions), run, 2);
                break;
            } catch (FailingDisk.Killed killed) {
                RunFolder.recover(run, Disk.real());
                requireHolds(run, 2);
            }
        }
    }

    @Test
    void aFolderWithoutTheRightToWriteIsRefusedWithWhatToDo() {
        Disk readOnly = new FailingDisk(0, () -> new AccessDeniedException(run.toString()));
        JavelinException error = assertThrows(JavelinException.class, () -> write(readOnly, run, 1));
        assertEquals("JVL-CKP-0020", error.code());
        assertTrue(error.getMessage().contains("AccessDenied"), error.getMessage());
        assertTrue(error.remedy().contains("trainer.out"), error.remedy());
    }

    @Test
    void aFileWhereTheRunFolderShouldBeIsRefused() throws IOException {
        Path file = Files.writeString(run.resolve("file"), "text");
        JavelinException error = assertThrows(JavelinException.class, () -> Samples.write(file, 1));
        assertEquals("JVL-CKP-0020", error.code());
    }

    @Test
    void anErrorOfTheDeviceWhileATensorIsReadLeavesNothingBehind() throws IOException {
        JavelinException failure = new JavelinException("JVL-MEM-0001", "device lost", "try again");
        List<CheckpointWriter.Entry> entries = List.of(new CheckpointWriter.Entry(
                StateRange.whole("wte.weight", StateRange.PARAM, Samples.TYPES.get("wte.weight")),
                (element, destination) -> {
                    throw failure;
                }));
        JavelinException thrown = assertThrows(
                JavelinException.class, () -> new CheckpointWriter().write(run, 1, Samples.state(1), entries));
        assertEquals(failure, thrown);
        assertEquals(List.of(), names(run));
    }

    @Test
    void theSameStateWritesTheSameBytes() throws IOException {
        Path first = Samples.write(run.resolve("a"), 1);
        Path second = Samples.write(run.resolve("b"), 1);
        for (String name : names(first)) {
            assertArrayEquals(Files.readAllBytes(first.resolve(name)), Files.readAllBytes(second.resolve(name)), name);
        }
    }

    @Test
    void companionsLieInEveryCheckpointAndCannotStandForItsOwnFiles() throws IOException {
        Companion tokenizer = new Companion("tokenizer.json", new byte[] {1, 2, 3});
        CheckpointWriter writer = new CheckpointWriter(List.of(tokenizer));
        for (long step : new long[] {1, 2}) {
            Path folder = writer.write(run, step, Samples.state(1), Samples.entries(step, Long.MAX_VALUE));
            assertArrayEquals(tokenizer.content(), Files.readAllBytes(folder.resolve("tokenizer.json")));
        }
        for (String name : List.of("manifest.json", "COMMITTED", "m.safetensors", "../up", ".hidden", "a/b", "")) {
            assertThrows(IllegalArgumentException.class, () -> new Companion(name, new byte[0]), name);
        }
    }
}
