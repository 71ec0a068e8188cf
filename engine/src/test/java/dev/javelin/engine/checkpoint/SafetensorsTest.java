package dev.javelin.engine.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    private static final long SEED = 20261122;

    @TempDir
    Path folder;

    private Path file(String json, int dataBytes) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return file(header.length, header, dataBytes);
    }

    private Path file(long length, byte[] header, int dataBytes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put(header);
        return Files.write(folder.resolve("file.safetensors"), bytes.array());
    }

    private static SafetensorsWriter.Item item(String name, TensorType type, MemorySegment values) {
        return new SafetensorsWriter.Item(
                name, type, SafetensorsWriter.Source.of(values, type.dtype().bytes()));
    }

    private static final SequencedMap<String, String> NO_METADATA = new LinkedHashMap<>();

    @Test
    void whatIsWrittenIsReadBackWholeAndByRange() {
        Path file = folder.resolve("a.safetensors");
        float[] floats = {1, 2, 3, 4, 5, 6};
        double[] doubles = {0.1, Double.NaN, Double.NEGATIVE_INFINITY};
        SequencedMap<String, String> metadata = new LinkedHashMap<>(Map.of("note", "quoted \"text\" é"));
        SafetensorsWriter.write(
                file,
                metadata,
                List.of(
                        item("b", TensorType.of(DType.FLOAT32, 2, 3), MemorySegment.ofArray(floats)),
                        item("a.x", TensorType.of(DType.FLOAT64, 3), MemorySegment.ofArray(doubles)),
                        item("empty", TensorType.of(DType.INT64, 0, 4), MemorySegment.ofArray(new long[0])),
                        item("scalar", TensorType.of(DType.INT32), MemorySegment.ofArray(new int[] {-5}))));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertEquals(
                    List.of("b", "a.x", "empty", "scalar"),
                    List.copyOf(reader.tensors().keySet()));
            assertEquals(Shape.of(0, 4), reader.tensors().get("empty").shape());
            assertEquals(metadata, reader.metadata());
            float[] middle = new float[3];
            reader.read("b", 2, 3, MemorySegment.ofArray(middle));
            assertArrayEquals(new float[] {3, 4, 5}, middle);
            double[] all = new double[3];
            reader.read("a.x", 0, 3, MemorySegment.ofArray(all));
            assertArrayEquals(doubles, all);
            int[] scalar = new int[1];
            reader.read("scalar", 0, 1, MemorySegment.ofArray(scalar));
            assertEquals(-5, scalar[0]);
        }
    }

    @Test
    void tensorsLargerThanTheBufferStreamThroughIt() {
        Path file = folder.resolve("large.safetensors");
        int elements = (9 << 20) / 4 + 3;
        SafetensorsWriter.Source counting = (element, destination) -> {
            for (long i = 0; i < destination.byteSize() / 4; i++) {
                destination.set(java.lang.foreign.ValueLayout.JAVA_INT, i * 4, (int) (element + i));
            }
        };
        SafetensorsWriter.write(
                file,
                NO_METADATA,
                List.of(new SafetensorsWriter.Item("n", TensorType.of(DType.INT32, elements), counting)));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            int[] values = new int[elements];
            reader.read("n", 0, elements, MemorySegment.ofArray(values));
            for (int i = 0; i < elements; i++) {
                assertEquals(i, values[i]);
            }
        }
    }

    @Test
    void theHeaderIsPaddedSoThatDataIsAlignedTo8Bytes() throws IOException {
        for (String name : List.of("a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh")) {
            Path file = folder.resolve(name);
            SafetensorsWriter.write(
                    file,
                    NO_METADATA,
                    List.of(item(name, TensorType.of(DType.UINT8, 1), MemorySegment.ofArray(new byte[1]))));
            assertEquals(1, Files.size(file) % 8);
        }
    }

    @Test
    void anUnknownTensorAndARangeBeyondItsEndAreRefused() {
        Path file = folder.resolve("a.safetensors");
        SafetensorsWriter.write(
                file,
                NO_METADATA,
                List.of(item("x", TensorType.of(DType.UINT8, 4), MemorySegment.ofArray(new byte[4]))));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            MemorySegment any = MemorySegment.ofArray(new byte[8]);
            JavelinException unknown = assertThrows(JavelinException.class, () -> reader.read("y", 0, 1, any));
            assertEquals("JVL-CKP-0006", unknown.code());
            assertThrows(IndexOutOfBoundsException.class, () -> reader.read("x", 2, 3, any));
            assertThrows(IndexOutOfBoundsException.class, () -> reader.read("x", -1, 1, any));
        }
    }

    @Test
    void aMissingFileAndAFolderAreRefused() {
        for (Path path : List.of(folder, folder.resolve("none"))) {
            JavelinException error = assertThrows(JavelinException.class, () -> SafetensorsReader.open(path));
            assertEquals("JVL-CKP-0001", error.code());
        }
    }

    @Test
    void anExistingFileIsNotOverwritten() throws IOException {
        Path file = Files.writeString(folder.resolve("a.safetensors"), "mine");
        JavelinException error =
                assertThrows(JavelinException.class, () -> SafetensorsWriter.write(file, NO_METADATA, List.of()));
        assertEquals("JVL-CKP-0007", error.code());
        assertEquals("mine", Files.readString(file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   | 8  | ok           |",
                "{}                                                                  | 0  | ok           |",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   | 7  | JVL-CKP-0005 | take 8 bytes, the file holds 7",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   | 9  | JVL-CKP-0005 | take 8 bytes, the file holds 9",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}}   | 7  | JVL-CKP-0005 | expected a length of 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}  | 12 | JVL-CKP-0005 | leaves a gap",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}   | 8  | JVL-CKP-0005 | expected a length of 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | JVL-CKP-0005 | overlaps",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 8 | JVL-CKP-0005 | overlaps",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],\"data_offsets\":[0,8]}} | 8 | JVL-CKP-0005 | less than 2^63",
                "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}} | 2 | JVL-CKP-0004 | element type 'F8_E4M3'",
                "{\"a\":{\"dtype\":4,\"shape\":[2],\"data_offsets\":[0,8]}}         | 8  | JVL-CKP-0003 | 'dtype' is no text",
                "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}                     | 8  | JVL-CKP-0003 | 'dtype' is missing",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}     | 8  | JVL-CKP-0003 | 'shape' is no list",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}  | 8  | JVL-CKP-0003 | whole number of 0 or more",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}} | 8  | JVL-CKP-0003 | whole number of 0 or more",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}} | 8 | JVL-CKP-0003 | whole number of 0 or more",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}     | 8  | JVL-CKP-0003 | has 1 numbers",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{}} | 8 | JVL-CKP-0003 | Duplicate",
                "{\"a\":5}                                                           | 0  | JVL-CKP-0003 | 'dtype' is missing",
                "[1]                                                                 | 0  | JVL-CKP-0003 | not a JSON object",
                "{} {}                                                               | 0  | JVL-CKP-0003 | Trailing",
                "{\"a\":                                                             | 0  | JVL-CKP-0003 | end-of-input",
            })
    void headersThatDoNotDescribeTheFileAreRefused(String json, int dataBytes, String code, String message)
            throws IOException {
        Path file = file(json, dataBytes);
        if (code.equals("ok")) {
            SafetensorsReader.open(file).close();
            return;
        }
        JavelinException error = assertThrows(JavelinException.class, () -> SafetensorsReader.open(file));
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"-1", "0", "1", "3", "100000001", "9223372036854775807"})
    void headersOfAnImpossibleLengthAreRefusedBeforeAnythingIsAllocated(long length) throws IOException {
        Path file = file(length, "{}".getBytes(StandardCharsets.UTF_8), 0);
        assertEquals(
                "JVL-CKP-0002",
                assertThrows(JavelinException.class, () -> SafetensorsReader.open(file))
                        .code());
    }

    @Test
    void everyTruncationOfAFileIsRefused() throws IOException {
        Path file = folder.resolve("a.safetensors");
        SafetensorsWriter.write(
                file,
                NO_METADATA,
                List.of(item("x", TensorType.of(DType.FLOAT32, 9), MemorySegment.ofArray(new float[9]))));
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Path cut = Files.write(folder.resolve("cut"), java.util.Arrays.copyOf(whole, length));
            JavelinException error = assertThrows(JavelinException.class, () -> SafetensorsReader.open(cut));
            assertTrue(error.code().startsWith("JVL-CKP-"), error.code());
        }
    }

    @Test
    void randomBytesNeverDoAnythingButACodedError() throws IOException {
        Random random = new Random(SEED);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 8 && random.nextBoolean()) {
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, random.nextInt(bytes.length));
            }
            Path file = Files.write(folder.resolve("random"), bytes);
            assertThrows(JavelinException.class, () -> SafetensorsReader.open(file), "seed " + SEED + ", case " + i);
        }
    }
}
