package dev.javelin.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignFilesTest {
    private static final ForeignLayout LAYOUT = new ForeignLayout(
            List.of(
                    new ForeignLayout.Tensor("table", "there.table", false),
                    new ForeignLayout.Tensor("weight", "there.linear", true)),
            "there.",
            Map.of("head", "table"),
            name -> name.endsWith("mask"));
    private static final Map<String, Shape> SHAPES = Map.of("table", Shape.of(2, 2), "weight", Shape.of(2, 3));
    private static final float[] TABLE = {1, 2, 3, 4};
    private static final float[] WEIGHT = {10, 11, 12, 20, 21, 22};
    private static final float[] LINEAR = {10, 20, 11, 21, 12, 22};

    @TempDir
    private Path folder;

    private Path run;

    @BeforeEach
    void writeCheckpoint() {
        run = folder.resolve("run");
        new CheckpointWriter()
                .write(run, 7, Json.object(), List.of(entry("table", TABLE, 2, 2), entry("weight", WEIGHT, 2, 3)));
    }

    private static CheckpointWriter.Entry entry(String path, float[] values, long... dims) {
        TensorType type = TensorType.of(DType.FLOAT32, dims);
        return new CheckpointWriter.Entry(
                StateRange.whole(path, StateRange.PARAM, type),
                SafetensorsWriter.Source.of(MemorySegment.ofArray(values), Float.BYTES));
    }

    private List<String> export(Path out, DType dtype, long most) {
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", "{}".getBytes(StandardCharsets.UTF_8));
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            return new ForeignExport(checkpoint, path -> StateRange.PARAM, LAYOUT).write(out, dtype, most, files);
        }
    }

    /** Reads a whole file by hand: the header as text, and the values of a FLOAT32 tensor where the header says. */
    private static float[] values(Path file, String name) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) bytes.getLong(0);
        String header = new String(bytes.array(), 8, length, StandardCharsets.UTF_8);
        String entry = header.substring(header.indexOf("\"" + name + "\""));
        String[] offsets = entry.replaceAll("(?s).*?\"data_offsets\":\\[(\\d+),(\\d+)].*", "$1,$2")
                .split(",");
        float[] values = new float[(Integer.parseInt(offsets[1]) - Integer.parseInt(offsets[0])) / 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes.getFloat(8 + length + Integer.parseInt(offsets[0]) + 4 * i);
        }
        return values;
    }

    @Test
    void matricesAreTransposedWhereTheLayoutSaysSo() throws IOException {
        Path out = folder.resolve("out");
        assertEquals(List.of("model.safetensors", "config.json"), export(out, DType.FLOAT32, Long.MAX_VALUE));
        assertArrayEquals(TABLE, values(out.resolve("model.safetensors"), "there.table"));
        assertArrayEquals(LINEAR, values(out.resolve("model.safetensors"), "there.linear"));
        String header = Files.readString(out.resolve("model.safetensors"), StandardCharsets.ISO_8859_1);
        assertTrue(header.contains("\"shape\":[3,2]"), header);
        assertTrue(header.contains("\"format\":\"pt\""), "transformers refuses a file without it");
    }

    @Test
    void whatIsTooLargeForAFileGoesIntoShards() throws IOException {
        Path out = folder.resolve("out");
        assertEquals(
                List.of(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json",
                        "config.json"),
                export(out, DType.FLOAT32, 20));
        assertArrayEquals(TABLE, values(out.resolve("model-00001-of-00002.safetensors"), "there.table"));
        assertArrayEquals(LINEAR, values(out.resolve("model-00002-of-00002.safetensors"), "there.linear"));
        String index = Files.readString(out.resolve("model.safetensors.index.json"));
        assertTrue(index.replace(" ", "").contains("\"there.linear\":\"model-00002-of-00002.safetensors\""), index);
        assertTrue(index.replace(" ", "").contains("\"total_size\":40"), index);
        try (SafetensorsFolder read = SafetensorsFolder.open(out)) {
            assertEquals(
                    List.of("there.table", "there.linear"),
                    List.copyOf(read.tensors().keySet()));
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,1000", "F32,20", "F64,1000", "BF16,1000", "F16,1000"})
    void whatIsExportedAndImportedAgainIsTheSame(String dtype, long most) {
        Path out = folder.resolve("out");
        export(out, DType.of(dtype), most); // small whole numbers: exact in every type
        Path back = folder.resolve("back");
        try (SafetensorsFolder files = SafetensorsFolder.open(out)) {
            DType type = ForeignImport.dtype(files);
            assertEquals(dtype.equals("F64") ? DType.FLOAT64 : DType.FLOAT32, type);
            new ForeignImport(files, LAYOUT, SHAPES)
                    .write(back, type, Json.object(), List.of(new Companion("words.json", new byte[] {1})));
        }
        try (Checkpoint read = Checkpoint.open(back)) {
            assertEquals(0, read.step());
            assertArrayEquals(TABLE, read(read, "table", 4));
            assertArrayEquals(WEIGHT, read(read, "weight", 6));
            assertTrue(read.state().has(ForeignImport.MARK));
            assertTrue(Files.exists(read.folder().resolve("words.json")));
            read.verify();
        }
    }

    private static float[] read(Checkpoint checkpoint, String path, int elements) {
        float[] values = new float[elements];
        checkpoint.read(path, StateRange.PARAM, 0, elements, DType.FLOAT32, MemorySegment.ofArray(values));
        return values;
    }

    @Test
    void aTransposedMatrixMayBeReadInParts() {
        TensorType type = TensorType.of(DType.FLOAT32, 3, 2);
        SafetensorsWriter.Source source =
                new TransposedSource(type, SafetensorsWriter.Source.of(MemorySegment.ofArray(WEIGHT), Float.BYTES));
        float[] values = new float[6];
        for (int at = 0; at < 6; at += 4) {
            source.read(at, MemorySegment.ofArray(values).asSlice(4L * at, 4L * Math.min(4, 6 - at)));
        }
        assertArrayEquals(LINEAR, values);
    }

    private Path files(Map<String, float[]> tensors, Map<String, long[]> shapes) throws IOException {
        Path there = Files.createDirectories(folder.resolve("there"));
        List<SafetensorsWriter.Item> items = new ArrayList<>();
        tensors.forEach((name, values) -> items.add(new SafetensorsWriter.Item(
                name,
                TensorType.of(DType.FLOAT32, shapes.getOrDefault(name, new long[] {values.length})),
                SafetensorsWriter.Source.of(MemorySegment.ofArray(values), Float.BYTES))));
        SafetensorsWriter.write(there.resolve("model.safetensors"), new LinkedHashMap<>(), items);
        return there;
    }

    private String refusal(Path there, String code) {
        Path back = folder.resolve("back");
        try (SafetensorsFolder read = SafetensorsFolder.open(there)) {
            JavelinException error = assertThrows(
                    JavelinException.class,
                    () -> new ForeignImport(read, LAYOUT, SHAPES).write(back, DType.FLOAT32, Json.object(), List.of()));
            assertEquals(code, error.code(), error.getMessage());
            assertFalse(Files.exists(back), "nothing is written");
            return error.getMessage();
        }
    }

    @Test
    void tensorsThatAreMissingOrTooMuchAreAllNamed() throws IOException {
        String message = refusal(files(Map.of("there.tabel", TABLE, "other", TABLE), Map.of()), "JVL-CKP-0053");
        assertTrue(message.contains("there.table is missing (did you mean 'there.tabel'?)"), message);
        assertTrue(message.contains("there.linear is missing"), message);
        assertTrue(message.contains("there.tabel is not in the model"), message);
        assertTrue(message.contains("other is not in the model"), message);
    }

    @Test
    void tensorsOfAnotherShapeAreNamedWithWhatIsExpected() throws IOException {
        Path there = files(
                Map.of("there.table", TABLE, "there.linear", LINEAR),
                Map.of("there.table", new long[] {4, 1}, "there.linear", new long[] {2, 3}));
        String message = refusal(there, "JVL-CKP-0053");
        assertTrue(message.contains("there.table is [4, 1], expected [2, 2]"), message);
        assertTrue(message.contains("there.linear is [2, 3], expected [3, 2]"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"there.", ""})
    void thePrefixMayBeLeftOutAndConstantsAndCopiesMayBeThere(String prefix) throws IOException {
        Path there = files(
                Map.of(prefix + "table", TABLE, prefix + "linear", LINEAR, "h.mask", TABLE, "head", TABLE.clone()),
                Map.of(prefix + "table", new long[] {2, 2}, prefix + "linear", new long[] {3, 2}, "head", new long[] {
                    2, 2
                }));
        Path back = folder.resolve("back");
        try (SafetensorsFolder read = SafetensorsFolder.open(there)) {
            new ForeignImport(read, LAYOUT, SHAPES).write(back, DType.FLOAT32, Json.object(), List.of());
        }
        try (Checkpoint read = Checkpoint.open(back)) {
            assertArrayEquals(WEIGHT, read(read, "weight", 6));
        }
    }

    @Test
    void aCopyThatDiffersIsRefused() throws IOException {
        Path there = files(
                Map.of("table", TABLE, "linear", LINEAR, "head", new float[] {1, 2, 3, 5}),
                Map.of("table", new long[] {2, 2}, "linear", new long[] {3, 2}, "head", new long[] {2, 2}));
        assertTrue(refusal(there, "JVL-CKP-0054").contains("head"));
    }

    @Test
    void anIndexThatDoesNotFitItsFilesIsRefused() throws IOException {
        Path out = folder.resolve("out");
        export(out, DType.FLOAT32, 20);
        Path index = out.resolve("model.safetensors.index.json");
        String whole = Files.readString(index);
        Files.writeString(index, whole.replace("there.linear", "there.other"));
        assertEquals("JVL-CKP-0051", code(() -> SafetensorsFolder.open(out)));
        Files.writeString(index, whole.replace("model-00002-of-00002", "../model"));
        assertEquals("JVL-CKP-0051", code(() -> SafetensorsFolder.open(out)));
        Files.writeString(index, "[]");
        assertEquals("JVL-CKP-0051", code(() -> SafetensorsFolder.open(out)));
    }

    @Test
    void foldersThatHoldSomethingAreLeftAlone() throws IOException {
        Path out = folder.resolve("out");
        Files.createDirectories(out);
        export(out, DType.FLOAT32, 1000);
        assertEquals("JVL-CKP-0052", code(() -> export(out, DType.FLOAT32, 1000)));
        try (SafetensorsFolder read = SafetensorsFolder.open(out)) {
            ForeignImport there = new ForeignImport(read, LAYOUT, SHAPES);
            assertEquals("JVL-CKP-0052", code(() -> there.write(run, DType.FLOAT32, Json.object(), List.of())));
        }
        Files.createFile(folder.resolve("file"));
        assertEquals("JVL-CKP-0007", code(() -> export(folder.resolve("file/out"), DType.FLOAT32, 1000)));
        try (Stream<Path> left = Files.list(folder)) {
            assertTrue(left.noneMatch(path -> path.getFileName().toString().startsWith(".")), "nothing half written");
        }
    }

    @Test
    void aFolderWithoutSafetensorsIsRefused() throws IOException {
        assertEquals("JVL-CKP-0050", code(() -> SafetensorsFolder.open(folder.resolve("none"))));
        Files.createFile(folder.resolve("pytorch_model.bin"));
        JavelinException error = assertThrows(JavelinException.class, () -> SafetensorsFolder.open(folder));
        assertTrue(error.getMessage().contains("save_pretrained"), error.getMessage());
    }

    private static String code(org.junit.jupiter.api.function.Executable executable) {
        return assertThrows(JavelinException.class, executable).code();
    }
}
