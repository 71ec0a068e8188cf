package dev.javelin.data.arrow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Javelin writes, read by Arrow's own library and by Javelin. */
class ArrowWriterTest {
    private static final int BATCH = 100;

    @TempDir
    Path folder;

    /** Documents of random tokens, of which some are longer than a record batch. */
    private static List<int[]> documents(int vocabulary) {
        Random random = new Random(5);
        List<int[]> documents = new ArrayList<>();
        for (int length : new int[] {1, 7, 92, 100, 350, 3, 0, 1, 99, 2}) {
            int[] document = random.ints(length, 0, vocabulary).toArray();
            if (length > 0) {
                document[0] = vocabulary - 1;
            }
            documents.add(document);
        }
        return documents;
    }

    private Path write(int vocabulary, List<int[]> documents) throws IOException {
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put(ArrowWriter.FORMAT_KEY, "test");
        metadata.put("key", "välue");
        Path file = folder.resolve("tokens-" + vocabulary + ".arrow");
        try (ArrowWriter writer = new ArrowWriter(file, vocabulary, metadata, BATCH)) {
            for (int i = 0; i < documents.size(); i++) {
                int[] document = documents.get(i);
                int half = document.length / 2;
                writer.add(i, Arrays.copyOf(document, half));
                writer.add(i, Arrays.copyOfRange(document, half, document.length));
            }
            writer.finish();
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 50_257, 65_536, 65_537, 200_000})
    void arrowsOwnReaderFindsEveryTokenWithItsDocument(int vocabulary) throws IOException {
        List<int[]> documents = documents(vocabulary);
        Path file = write(vocabulary, documents);
        List<List<Integer>> found = new ArrayList<>();
        documents.forEach(document -> found.add(new ArrayList<>()));
        try (BufferAllocator allocator = new RootAllocator();
                ArrowFileReader reader = new ArrowFileReader(Files.newByteChannel(file), allocator)) {
            assertEquals(
                    "välue",
                    reader.getVectorSchemaRoot().getSchema().getCustomMetadata().get("key"));
            while (reader.loadNextBatch()) {
                ListVector ids = (ListVector) reader.getVectorSchemaRoot().getVector("input_ids");
                BigIntVector numbers =
                        (BigIntVector) reader.getVectorSchemaRoot().getVector("document");
                for (int row = 0; row < ids.getValueCount(); row++) {
                    List<Integer> document = found.get((int) numbers.get(row));
                    for (int i = ids.getElementStartIndex(row); i < ids.getElementEndIndex(row); i++) {
                        document.add(id(ids.getDataVector(), i));
                    }
                }
            }
        }
        for (int i = 0; i < documents.size(); i++) {
            assertArrayEquals(
                    documents.get(i),
                    found.get(i).stream().mapToInt(Integer::intValue).toArray(),
                    "document " + i);
        }
    }

    private static int id(FieldVector vector, int index) {
        return switch (vector) {
            case UInt1Vector bytes -> bytes.get(index) & 0xFF;
            case UInt2Vector shorts -> shorts.get(index);
            case IntVector ints -> ints.get(index);
            default -> throw new AssertionError(vector);
        };
    }

    @Test
    void aFileIsAStreamBehindItsMark() throws IOException {
        Path file = write(256, documents(256));
        try (BufferAllocator allocator = new RootAllocator();
                var content = Files.newInputStream(file)) {
            content.skipNBytes(8);
            try (ArrowStreamReader reader = new ArrowStreamReader(content, allocator)) {
                int batches = 0;
                while (reader.loadNextBatch()) {
                    batches++;
                }
                assertEquals(7, batches, "655 tokens in record batches of 100");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 50_257, 200_000})
    void whatIsWrittenIsReadAgain(int vocabulary) throws IOException {
        List<int[]> documents = documents(vocabulary);
        try (ArrowTokens tokens = ArrowTokens.open("test", List.of(write(vocabulary, documents)), null, vocabulary)) {
            int[] expected = documents.stream().flatMapToInt(Arrays::stream).toArray();
            int[] actual = new int[expected.length];
            tokens.read(0, actual.length, MemorySegment.ofArray(actual));
            assertArrayEquals(expected, actual);
            assertEquals(expected.length, tokens.count());
            long[] lengths = new long[documents.size()];
            tokens.eachRow((document, first, count) -> {
                lengths[(int) document] += count;
                return true;
            });
            assertArrayEquals(
                    documents.stream().mapToLong(document -> document.length).toArray(), lengths);
        }
    }

    @Test
    void aFileThatWasNotFinishedIsNone() throws IOException {
        Path file = folder.resolve("unfinished.arrow");
        try (ArrowWriter writer = new ArrowWriter(file, 256, new LinkedHashMap<>(), BATCH)) {
            writer.add(0, new int[10 * BATCH]);
        }
        JavelinException error =
                assertThrows(JavelinException.class, () -> ArrowTokens.open("test", List.of(file), null, 256));
        assertEquals("JVL-DAT-0054", error.code());
    }
}
