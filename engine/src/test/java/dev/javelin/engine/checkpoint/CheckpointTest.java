package dev.javelin.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    @TempDir
    Path run;

    private static void requireHolds(Checkpoint checkpoint, long step) {
        assertEquals(step, checkpoint.step());
        for (String kind : List.of(StateRange.PARAM, "m")) {
            Samples.TYPES.forEach((path, type) -> assertArrayEquals(
                    Samples.values(path, kind, step),
                    Samples.read(checkpoint, path, kind, 0, (int) type.elements()),
                    path));
        }
    }

    @Test
    void aCheckpointGivesBackEveryStateAndTheRunsOwnNotes() {
        Path folder = Samples.write(run, 10);
        assertEquals(run.resolve("checkpoint-10"), folder);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            requireHolds(checkpoint, 10);
            assertEquals(7, checkpoint.state().get("seed").intValue());
            assertEquals(List.of(StateRange.PARAM, "m"), checkpoint.kinds());
            assertEquals(Samples.TYPES, new TreeMap<>(checkpoint.tensors("m")));
        }
    }

    @Test
    void theModelIsAnOrdinarySafetensorsFileUnderTheParametersPaths() {
        Path folder = Samples.write(run, 10);
        try (SafetensorsReader file = SafetensorsReader.open(folder.resolve("model.safetensors"))) {
            assertEquals(Samples.TYPES, new TreeMap<>(file.tensors()));
        }
    }

    @Test
    void aRunFolderOpensItsNewestCheckpoint() {
        Samples.write(run, 9);
        Samples.write(run, 100);
        Samples.write(run, 20);
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            requireHolds(checkpoint, 100);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 7, 11, 100})
    void shardsOfAnySizeRestoreIntoWholeTensorsAndAnyRangeOfThem(long shardElements) {
        new CheckpointWriter().write(run, 3, Samples.state(1), Samples.entries(3, shardElements));
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            requireHolds(checkpoint, 3);
            float[] whole = Samples.values("wte.weight", "m", 3);
            for (int from = 0; from <= 35; from++) {
                for (int to = from; to <= 35; to++) {
                    assertArrayEquals(
                            Arrays.copyOfRange(whole, from, to),
                            Samples.read(checkpoint, "wte.weight", "m", from, to - from));
                }
            }
        }
    }

    @Test
    void anotherFloatingTypeIsDeliveredRounded() {
        Samples.write(run, 1);
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            double[] doubles = new double[35];
            checkpoint.read("wte.weight", StateRange.PARAM, 0, 35, DType.FLOAT64, MemorySegment.ofArray(doubles));
            assertEquals(Samples.value("wte.weight", StateRange.PARAM, 34, 1), doubles[34]);
            short[] halves = new short[1];
            checkpoint.read("wte.weight", StateRange.PARAM, 3, 1, DType.FLOAT16, MemorySegment.ofArray(halves));
            float value = Samples.value("wte.weight", StateRange.PARAM, 3, 1);
            assertEquals(Float.floatToFloat16(value), halves[0]);
            checkpoint.read("wte.weight", StateRange.PARAM, 3, 1, DType.BFLOAT16, MemorySegment.ofArray(halves));
            assertEquals(value, Float.intBitsToFloat(halves[0] << 16), value / 256);
            JavelinException error = assertThrows(
                    JavelinException.class,
                    () -> checkpoint.read(
                            "scalar", StateRange.PARAM, 0, 1, DType.INT32, MemorySegment.ofArray(new int[1])));
            assertEquals("JVL-CKP-0017", error.code());
        }
    }

    @Test
    void missingExtraAndMisshapenTensorsAreNamed() {
        Samples.write(run, 1);
        Map<String, TensorType> expected = new TreeMap<>(Samples.TYPES);
        expected.remove("scalar");
        expected.put("h.1.ln_1.bias", TensorType.of(DType.FLOAT32, 5));
        expected.put("wte.weight", TensorType.of(DType.FLOAT64, 5, 7));
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            checkpoint.requireExactly("m", Samples.TYPES);
            JavelinException error =
                    assertThrows(JavelinException.class, () -> checkpoint.requireExactly(StateRange.PARAM, expected));
            assertEquals("JVL-CKP-0015", error.code());
            assertTrue(error.getMessage().contains("h.1.ln_1.bias is missing"), error.getMessage());
            assertTrue(error.getMessage().contains("wte.weight is [7, 5], expected [5, 7]"), error.getMessage());
            assertTrue(error.getMessage().contains("scalar is not in the model"), error.getMessage());
        }
    }

    @Test
    void aRangeThatNoShardHoldsIsRefusedWithItsPlace() {
        List<CheckpointWriter.Entry> entries = new ArrayList<>(Samples.entries(1, 10));
        entries.removeIf(entry ->
                entry.range().path().equals("wte.weight") && entry.range().element() == 20);
        new CheckpointWriter().write(run, 1, Samples.state(1), entries);
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            Samples.read(checkpoint, "wte.weight", "m", 0, 20);
            JavelinException error =
                    assertThrows(JavelinException.class, () -> Samples.read(checkpoint, "wte.weight", "m", 15, 20));
            assertEquals("JVL-CKP-0016", error.code());
            assertTrue(error.getMessage().contains("element 20 of the m tensor wte.weight"), error.getMessage());
        }
    }

    @Test
    void foldersWithoutACheckpointAreRefused() {
        for (Path path : List.of(run, run.resolve("none"))) {
            JavelinException error = assertThrows(JavelinException.class, () -> Checkpoint.open(path));
            assertEquals("JVL-CKP-0010", error.code());
        }
    }

    @Test
    void aFolderWithoutItsCommitMarkerIsNoCheckpoint() throws IOException {
        Samples.write(run, 1);
        Path newer = Samples.write(run, 2);
        Files.delete(newer.resolve("COMMITTED"));
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            requireHolds(checkpoint, 1);
        }
        assertEquals(
                "JVL-CKP-0011",
                assertThrows(JavelinException.class, () -> Checkpoint.open(newer))
                        .code());
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static void requireRefused(Path folder, String damage) {
        JavelinException error = assertThrows(
                JavelinException.class,
                () -> {
                    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
                        requireHolds(checkpoint, 4);
                    }
                },
                damage);
        assertTrue(error.code().startsWith("JVL-CKP-00"), damage + ": " + error.getMessage());
    }

    @Test
    void everyFlippedBitOfEveryFileIsFound() throws IOException {
        Path folder = Samples.write(run, 4);
        int checked = 0;
        for (Path file : files(folder)) {
            byte[] whole = Files.readAllBytes(file);
            for (int i = 0; i < whole.length; i++) {
                byte[] damaged = whole.clone();
                damaged[i] ^= (byte) (1 << i % 8);
                Files.write(file, damaged);
                requireRefused(folder, file.getFileName() + " byte " + i);
                checked++;
            }
            Files.write(file, whole);
        }
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            requireHolds(checkpoint, 4);
        }
        assertTrue(checked > 1000, "" + checked);
    }

    @Test
    void everyTruncationAndEveryMissingFileIsFound() throws IOException {
        Path folder = Samples.write(run, 4);
        for (Path file : files(folder)) {
            byte[] whole = Files.readAllBytes(file);
            for (int length = 0; length < whole.length; length += 1 + length / 50) {
                Files.write(file, Arrays.copyOf(whole, length));
                requireRefused(folder, file.getFileName() + " cut to " + length);
            }
            Files.delete(file);
            requireRefused(folder, file.getFileName() + " deleted");
            Files.write(file, whole);
        }
    }

    @Test
    void filesSwappedBetweenCheckpointsAreFound() throws IOException {
        Path folder = Samples.write(run, 4);
        Path other = Samples.write(run, 5);
        Files.copy(
                other.resolve("m.safetensors"),
                folder.resolve("m.safetensors"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        requireRefused(folder, "m.safetensors of another step");
    }

    @Test
    void verifyReadsEveryByteWithoutAnyoneAskingForIt() throws IOException {
        Path folder = Samples.write(run, 4);
        Path file = folder.resolve("m.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            JavelinException error = assertThrows(JavelinException.class, checkpoint::verify);
            assertEquals("JVL-CKP-0014", error.code());
            assertTrue(error.getMessage().contains("in tensor wte.weight"), error.getMessage());
        }
    }

    @Test
    void aCheckpointOfTheSameStepIsReplaced() {
        new CheckpointWriter().write(run, 4, Samples.state(9), Samples.entries(1, 3));
        Samples.write(run, 4);
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            requireHolds(checkpoint, 4);
        }
        assertFalse(Files.exists(run.resolve(".checkpoint-4.replaced")));
    }
}
