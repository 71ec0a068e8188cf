package dev.javelin.data.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.data.arrow.FlatColumn;
import dev.javelin.data.tokenize.Texts;
import dev.javelin.data.tokenize.Tokenizer;
import dev.javelin.data.tokenize.TokenizerFiles;
import dev.javelin.data.tokenize.Tokenizers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreparationTest {
    @TempDir
    Path folder;

    private Path texts;

    /** Three documents, of which the book is longer than two pieces. */
    private Path texts() throws IOException {
        texts = Files.createDirectories(folder.resolve("texts"));
        Files.writeString(texts.resolve("a.txt"), "first document");
        Files.writeString(texts.resolve("b.txt"), Texts.book(600_000));
        Files.writeString(texts.resolve("c.txt"), "naïve café 😀\n");
        return texts;
    }

    private Preparation preparation(String tokens, int threads) {
        return new Preparation(texts, tokens, folder.resolve("corpus"), threads, false);
    }

    private static Preparation.Prepared run(Preparation preparation) {
        return preparation.run(PreparationListener.none());
    }

    private static int[] all(Corpus corpus) {
        int[] ids = new int[Math.toIntExact(corpus.tokens().count())];
        corpus.tokens().read(0, ids.length, MemorySegment.ofArray(ids));
        return ids;
    }

    /** All files of the folder by name, with their bytes. */
    private TreeMap<String, List<Byte>> files(Path root) throws IOException {
        TreeMap<String, List<Byte>> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                List<Byte> bytes = new ArrayList<>();
                for (byte b : Files.readAllBytes(file)) {
                    bytes.add(b);
                }
                files.put(root.relativize(file).toString(), bytes);
            }
        }
        return files;
    }

    /** GPT-2's tokens as a tokenizer.json. */
    private Path gpt2Json(String name) throws IOException {
        byte[] json =
                TokenizerFiles.of(Tokenizers.identity("gpt2"), folder, 1024).get("tokenizer.json");
        return Files.write(folder.resolve(name), json);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "bytes", "json"})
    void aCorpusHoldsTheTokensOfEachWholeDocumentWithTheEndOfTextBehindIt(String kind) throws IOException {
        texts();
        String tokens = kind.equals("json") ? gpt2Json("tokenizer.json").toString() : kind;
        assertFalse(run(preparation(tokens, 2)).reused());
        try (Corpus corpus = Corpus.open(folder.resolve("corpus"), Corpus.Wish.any());
                Tokenizer tokenizer = Tokenizers.open(tokens)) {
            IntStream expected = IntStream.empty();
            for (String name : List.of("a.txt", "b.txt", "c.txt")) {
                expected = IntStream.concat(
                        expected, IntStream.of(tokenizer.encode(Files.readString(texts.resolve(name)))));
                if (tokenizer.identity().endOfText().isPresent()) {
                    expected = IntStream.concat(
                            expected,
                            IntStream.of(tokenizer.identity().endOfText().getAsInt()));
                }
            }
            assertArrayEquals(expected.toArray(), all(corpus));
            assertEquals(tokenizer.identity(), corpus.tokenizer());
            long[] lengths = new long[3];
            corpus.tokens().eachRow((document, first, count) -> {
                lengths[(int) document] += count;
                return true;
            });
            assertEquals(corpus.tokens().count(), lengths[0] + lengths[1] + lengths[2]);
            try (Tokenizer own = corpus.openTokenizer()) {
                assertEquals("first document", own.decode(own.encode("first document")));
            }
        }
    }

    @Test
    void theFilesAreTheSameForAnyNumberOfThreads() throws IOException {
        texts();
        run(preparation("gpt2", 1));
        TreeMap<String, List<Byte>> one = files(folder.resolve("corpus"));
        for (int threads : new int[] {2, 5}) {
            run(new Preparation(texts, "gpt2", folder.resolve("corpus-" + threads), threads, false));
            assertEquals(one, files(folder.resolve("corpus-" + threads)));
        }
    }

    @Test
    void whatIsCurrentIsUsedAgainAndWhatChangedIsMadeAnew() throws IOException {
        texts();
        assertFalse(run(preparation("gpt2", 2)).reused());
        TreeMap<String, List<Byte>> before = files(folder.resolve("corpus"));
        assertTrue(run(preparation("gpt2", 2)).reused());
        assertEquals(before, files(folder.resolve("corpus")));
        Files.setLastModifiedTime(texts.resolve("a.txt"), FileTime.fromMillis(1_000_000));
        assertTrue(run(preparation("gpt2", 2)).reused(), "another time, the same text");
        assertTrue(run(preparation("gpt2", 2)).reused());
        Files.writeString(texts.resolve("a.txt"), "First document");
        assertFalse(run(preparation("gpt2", 2)).reused());
        Files.writeString(texts.resolve("d.txt"), "one more");
        assertEquals(4, run(preparation("gpt2", 2)).manifest().documents());
    }

    @Test
    void aCorpusOfAnotherTokenizerOrTextIsReplacedOnlyWhenTold() throws IOException {
        texts();
        run(preparation("gpt2", 2));
        Preparation other = preparation("bytes", 2);
        assertEquals(
                "JVL-DAT-0080",
                assertThrows(JavelinException.class, () -> run(other)).code());
        Preparation told = new Preparation(texts, "bytes", folder.resolve("corpus"), 2, true);
        assertEquals("bytes", run(told).manifest().tokenizer().name());
    }

    @Test
    void aFolderThatHoldsSomethingElseIsLeftAlone() throws IOException {
        texts();
        Path file = Files.createDirectories(folder.resolve("corpus")).resolve("mine.txt");
        Files.writeString(file, "mine");
        assertEquals(
                "JVL-DAT-0080",
                assertThrows(JavelinException.class, () -> run(preparation("gpt2", 1)))
                        .code());
        assertEquals("mine", Files.readString(file));
        Preparation within = new Preparation(texts, "gpt2", texts.resolve("corpus"), 1, true);
        assertEquals(
                "JVL-DAT-0080",
                assertThrows(JavelinException.class, () -> run(within)).code());
    }

    @Test
    void whatAKilledRunLeftIsNoCorpusAndGoesWithTheNext() throws IOException {
        texts();
        Path partial = Files.createDirectories(folder.resolve(".corpus.partial"));
        Files.write(partial.resolve("tokens.arrow"), new byte[1000]);
        assertFalse(Files.exists(folder.resolve("corpus")));
        assertFalse(run(preparation("gpt2", 2)).reused());
        assertFalse(Files.exists(partial));
        try (Corpus corpus = Corpus.open(folder.resolve("corpus"), Corpus.Wish.any())) {
            assertTrue(corpus.prepared());
        }
    }

    @Test
    void aFailureLeavesTheOldCorpusAndNothingHalf() throws IOException {
        texts();
        run(preparation("gpt2", 2));
        TreeMap<String, List<Byte>> before = files(folder.resolve("corpus"));
        Files.writeString(texts.resolve("a.txt"), "changed");
        PreparationListener failing = new PreparationListener() {
            @Override
            public void onProgress(long bytes, long tokens) {
                throw new IllegalStateException("stop");
            }
        };
        assertThrows(IllegalStateException.class, () -> preparation("gpt2", 2).run(failing));
        assertEquals(before, files(folder.resolve("corpus")));
        assertFalse(Files.exists(folder.resolve(".corpus.partial")));
    }

    @Test
    void ofSeveralThatPrepareTheSameOneDoesAndTheOthersWait() throws Exception {
        texts();
        CountDownLatch waits = new CountDownLatch(1);
        List<Future<Preparation.Prepared>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            PreparationListener first = new PreparationListener() {
                @Override
                public void onStart(long files, long bytes) {
                    await(waits); // holds the lock until another asks for it
                }
            };
            PreparationListener others = new PreparationListener() {
                @Override
                public void onStart(long files, long bytes) {
                    await(waits);
                }

                @Override
                public void onWaiting(Path corpus) {
                    waits.countDown();
                }
            };
            all.add(threads.submit(() -> preparation("gpt2", 1).run(first)));
            all.add(threads.submit(() -> preparation("gpt2", 1).run(others)));
            all.add(threads.submit(() -> preparation("gpt2", 1).run(others)));
            waits.countDown();
            long made = 0;
            for (Future<Preparation.Prepared> one : all) {
                made += one.get().reused() ? 0 : 1;
            }
            assertEquals(1, made);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void bytesThatAreNoTextAreReplacedAndCountedButKeptAsBytes() throws IOException {
        texts = Files.createDirectories(folder.resolve("texts"));
        byte[] content = {'a', (byte) 0xFF, 'b', (byte) 0xEF, (byte) 0xBF, (byte) 0xBD, (byte) 0xC3, 'c'};
        Files.write(texts.resolve("a"), content);
        assertEquals(2, run(preparation("gpt2", 1)).manifest().malformed());
        run(new Preparation(texts, "bytes", folder.resolve("raw"), 1, false));
        try (Corpus corpus = Corpus.open(folder.resolve("raw"), Corpus.Wish.any())) {
            assertArrayEquals(new int[] {'a', 255, 'b', 239, 191, 189, 195, 'c'}, all(corpus));
        }
    }

    @Test
    void aFolderOfTextsIsNoCorpusAndTheErrorSaysHowToMakeOne() throws IOException {
        Path text = texts();
        JavelinException refused =
                assertThrows(JavelinException.class, () -> Inspection.of(text, Corpus.Wish.any(), 1, 8, 3));
        assertEquals("JVL-DAT-0087", refused.code());
    }

    @Test
    void aCorpusRefusesAnotherTokenizerThanItsOwn() throws IOException {
        texts();
        run(preparation("gpt2", 2));
        Path corpus = folder.resolve("corpus");
        JavelinException error = assertThrows(
                JavelinException.class,
                () -> Corpus.open(corpus, Corpus.Wish.any().withTokens("bytes")));
        assertEquals("JVL-DAT-0053", error.code());
        assertTrue(error.getMessage().contains("gpt2 (50257 tokens"), error.getMessage());
        Corpus.open(corpus, Corpus.Wish.any().withTokens("gpt2")).close();
    }

    @Test
    void aTokenizerThatWasChangedInACorpusIsRefused() throws IOException {
        texts();
        Path json = gpt2Json("tokenizer.json");
        run(preparation(json.toString(), 2));
        Path copy = folder.resolve("corpus/tokenizer.json");
        Files.writeString(copy, Files.readString(copy) + "\n");
        try (Corpus corpus = Corpus.open(folder.resolve("corpus"), Corpus.Wish.any())) {
            JavelinException error = assertThrows(JavelinException.class, corpus::openTokenizer);
            assertEquals("JVL-DAT-0053", error.code(), error.getMessage());
        }
    }

    @Test
    void theTokenizerOfArrowFilesOfOthersMayHaveAnyFileName() throws IOException {
        Path flat = folder.resolve("flat.arrow");
        byte[] head = FlatColumn.head(3);
        byte[] content = Arrays.copyOf(head, head.length + 3);
        Files.write(flat, content);
        Path json = gpt2Json("mine.json");
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {\"vocab\": {\"another\": 0}}}");
        try (Corpus corpus = Corpus.open(flat, Corpus.Wish.any().withTokens(json.toString()));
                Tokenizer tokenizer = corpus.openTokenizer();
                Tokenizer gpt2 = Tokenizers.open("gpt2")) {
            assertEquals(json.toAbsolutePath(), corpus.tokenizerFile());
            assertArrayEquals(gpt2.encode("a white whale"), tokenizer.encode("a white whale"));
        }
    }

    @Test
    void filesBeyondTwoGibibytesAreReadAtAnyPlace() throws IOException {
        // Of 3 GiB all but the last bytes are a hole, which takes no room on the disk.
        long count = 3L << 30;
        Path far = folder.resolve("far.arrow");
        byte[] head = FlatColumn.head(count);
        try (FileChannel channel = FileChannel.open(far, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(head));
            channel.write(ByteBuffer.wrap(new byte[] {7, 8, 9}), head.length + count - 3);
        }
        try (Corpus corpus = Corpus.open(far, Corpus.Wish.any().withTokens("bytes"))) {
            assertEquals(count, corpus.tokens().count());
            int[] last = new int[3];
            corpus.tokens().read(count - 3, 3, MemorySegment.ofArray(last));
            assertArrayEquals(new int[] {7, 8, 9}, last);
        }
    }
}
