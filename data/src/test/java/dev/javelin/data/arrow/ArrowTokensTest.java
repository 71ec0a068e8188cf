package dev.javelin.data.arrow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.data.corpus.Corpus;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that pyarrow and the datasets library wrote; see src/test/python/arrow_files.py. */
class ArrowTokensTest {
    @TempDir
    Path folder;

    /** The rows that the script writes. */
    private static final List<int[]> ROWS = IntStream.range(0, 23)
            .mapToObj(
                    r -> IntStream.range(0, r % 5).map(i -> (r * 7 + i) % 1000).toArray())
            .toList();

    private static Path file(String name) {
        try {
            return Path.of(ArrowTokensTest.class.getResource("hf/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static int[] all(ArrowTokens tokens) {
        int[] ids = new int[Math.toIntExact(tokens.count())];
        tokens.read(0, ids.length, MemorySegment.ofArray(ids));
        return ids;
    }

    private static int[] joined(List<int[]> rows) {
        return rows.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private static Corpus corpus(String name) {
        return Corpus.open(file(name), new Corpus.Wish("ids", null, 1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"int64", "uint16", "large", "views"})
    void listsOfIdsAreReadWhereTheyLieBehindColumnsOfOtherLayouts(String name) {
        List<int[]> expected = ROWS.subList(3, 23);
        try (Corpus corpus = corpus(name + ".arrow")) {
            assertArrayEquals(joined(expected), all(corpus.tokens()));
            List<int[]> rows = new ArrayList<>();
            corpus.tokens().eachRow((document, first, count) -> {
                assertEquals(rows.size(), document);
                int[] row = new int[(int) count];
                corpus.tokens().read(first, count, MemorySegment.ofArray(row));
                rows.add(row);
                return true;
            });
            assertEquals(expected.size(), rows.size());
            for (int i = 0; i < rows.size(); i++) {
                assertArrayEquals(expected.get(i), rows.get(i), "row " + i);
            }
        }
    }

    @Test
    void listsOfOneSizeAndSingleIdsAreReadToo() {
        try (Corpus corpus = corpus("fixed.arrow")) {
            assertArrayEquals(
                    IntStream.range(3, 9)
                            .flatMap(i -> IntStream.range(i, i + 4))
                            .toArray(),
                    all(corpus.tokens()));
        }
        try (Corpus corpus = corpus("flat.arrow")) {
            assertArrayEquals(IntStream.range(3, 30).toArray(), all(corpus.tokens()));
        }
    }

    @Test
    void theShardsOfASavedDatasetFollowEachOther() {
        try (Corpus corpus = corpus("saved")) {
            assertArrayEquals(joined(ROWS), all(corpus.tokens()));
            assertEquals(23, corpus.tokens().rows());
        }
    }

    @Test
    void everyPartOfTheTokensCanBeRead() {
        int[] expected = joined(ROWS);
        try (Corpus corpus = corpus("saved")) {
            for (int from = 0; from <= expected.length; from++) {
                for (int to = from; to <= expected.length; to++) {
                    int[] part = new int[to - from];
                    corpus.tokens().read(from, to - from, MemorySegment.ofArray(part));
                    assertArrayEquals(Arrays.copyOfRange(expected, from, to), part, from + " to " + to);
                }
            }
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> corpus.tokens().read(expected.length, 1, MemorySegment.ofArray(new int[1])));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "lz4.arrow, JVL-DAT-0055",
        "nulls.arrow, JVL-DAT-0057",
        "columns.arrow, JVL-DAT-0056",
        "splits, JVL-DAT-0082",
        "none.arrow, JVL-DAT-0002",
    })
    void filesThatCannotBeUsedAreRefusedWithTheReason(String name, String code) {
        Path path = file("saved").resolveSibling(name);
        JavelinException error =
                assertThrows(JavelinException.class, () -> Corpus.open(path, new Corpus.Wish("ids", null, 1000)));
        assertEquals(code, error.code(), error.getMessage());
    }

    @Test
    void aColumnCanBeNamed() {
        try (ArrowTokens b = ArrowTokens.open("b", List.of(file("columns.arrow")), "b", 10)) {
            assertArrayEquals(new int[] {1, 2}, all(b));
        }
        JavelinException error = assertThrows(
                JavelinException.class, () -> ArrowTokens.open("c", List.of(file("columns.arrow")), "c", 10));
        assertEquals("JVL-DAT-0056", error.code());
        assertTrue(error.getMessage().contains("no column 'c'"), error.getMessage());
    }

    @Test
    void anIdBeyondTheVocabularyIsNamedWithItsPlace() {
        try (Corpus corpus = Corpus.open(file("saved"), new Corpus.Wish("ids", null, 100))) {
            int place = IntStream.range(0, joined(ROWS).length)
                    .filter(i -> joined(ROWS)[i] >= 100)
                    .findFirst()
                    .orElseThrow();
            JavelinException error = assertThrows(JavelinException.class, () -> all(corpus.tokens()));
            assertEquals("JVL-DAT-0058", error.code());
            assertTrue(error.getMessage().contains("token " + place + " of"), error.getMessage());
        }
    }

    @Test
    void idsWithoutATokenizerAreRefusedUntilOneIsNamed() {
        JavelinException error =
                assertThrows(JavelinException.class, () -> Corpus.open(file("saved"), Corpus.Wish.any()));
        assertEquals("JVL-DAT-0081", error.code());
        try (Corpus corpus = Corpus.open(file("saved"), Corpus.Wish.any().withTokens("gpt2"))) {
            assertEquals(50257, corpus.tokens().vocabulary());
        }
    }

    @Test
    void aDatasetWithIndicesIsRefused() throws IOException {
        Files.copy(file("saved/data-00000-of-00003.arrow"), folder.resolve("data.arrow"));
        Files.writeString(
                folder.resolve("state.json"),
                "{\"_data_files\": [{\"filename\": \"data.arrow\"}], \"_indices_data_files\": [{\"filename\": \"i.arrow\"}]}");
        assertEquals(
                "JVL-DAT-0085",
                assertThrows(JavelinException.class, () -> Corpus.open(folder, new Corpus.Wish("ids", null, 1000)))
                        .code());
    }

    @Test
    void aShardThatIsMissingIsNamed() throws IOException {
        Files.writeString(folder.resolve("state.json"), "{\"_data_files\": [{\"filename\": \"data-3.arrow\"}]}");
        JavelinException error =
                assertThrows(JavelinException.class, () -> Corpus.open(folder, new Corpus.Wish("ids", null, 1000)));
        assertEquals("JVL-DAT-0054", error.code());
        assertTrue(error.getMessage().contains("data-3.arrow"), error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"int64.arrow", "saved/data-00000-of-00003.arrow"})
    void aFileThatWasCutOrChangedAnywhereIsRefusedOrReadWithinItsBounds(String name) throws IOException {
        byte[] whole = Files.readAllBytes(file(name));
        boolean file = name.startsWith("int64");
        for (int length = 0; length < whole.length; length += 3) {
            Path cut = Files.write(folder.resolve("cut.arrow"), Arrays.copyOf(whole, length));
            attempt(cut, file);
        }
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) 0xFF;
            attempt(Files.write(folder.resolve("changed.arrow"), changed), false);
        }
    }

    private static void attempt(Path path, boolean mustFail) {
        try (ArrowTokens tokens = ArrowTokens.open("test", List.of(path), null, 1000)) {
            all(tokens);
            tokens.eachRow((document, first, count) -> true);
            assertTrue(!mustFail, () -> path + " was read, although it was cut");
        } catch (JavelinException e) {
            assertEquals("DAT", e.area(), e.getMessage());
        }
    }
}
