package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteTextTest {
    @TempDir
    Path folder;

    private static String read(Tokens tokens, long from, int count) {
        int[] ids = new int[count];
        tokens.read(from, count, MemorySegment.ofArray(ids));
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) ids[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String all(ByteText text) {
        return read(text, 0, Math.toIntExact(text.count()));
    }

    @Test
    void theBytesOfAFileAreItsTokensFrom0To255() throws IOException {
        Path file = Files.write(folder.resolve("a.bin"), new byte[] {0, 1, 127, (byte) 128, (byte) 255});
        try (ByteText text = ByteText.open(file)) {
            int[] ids = new int[5];
            text.read(0, 5, MemorySegment.ofArray(ids));
            assertArrayEquals(new int[] {0, 1, 127, 128, 255}, ids);
            assertEquals(256, text.vocabulary());
        }
    }

    @Test
    void theFilesOfAFolderFollowEachOtherInTheOrderOfTheirPaths() throws IOException {
        Files.createDirectories(folder.resolve("b/c"));
        Files.writeString(folder.resolve("z.txt"), "last");
        Files.writeString(folder.resolve("b/c/deep.txt"), "second ");
        Files.writeString(folder.resolve("a.txt"), "first ");
        Files.writeString(folder.resolve("b/empty.txt"), "");
        Files.writeString(folder.resolve("b/x.txt"), "third ");
        try (ByteText text = ByteText.open(folder)) {
            assertEquals("first second third last", all(text));
            assertEquals(4, text.files());
        }
    }

    @Test
    void hiddenAndBinaryFilesOfAFolderAreLeftOut() throws IOException {
        Files.createDirectories(folder.resolve(".git"));
        Files.writeString(folder.resolve(".git/config"), "hidden");
        Files.writeString(folder.resolve(".profile"), "hidden");
        Files.write(folder.resolve("image.png"), new byte[] {1, 0, 2});
        Files.writeString(folder.resolve("a.txt"), "text");
        try (ByteText text = ByteText.open(folder)) {
            assertEquals("text", all(text));
        }
    }

    @Test
    void aReadMayCrossFilesAtAnyPlace() throws IOException {
        String expected = "abcdefghij";
        Files.writeString(folder.resolve("1"), "abc");
        Files.writeString(folder.resolve("2"), "d");
        Files.writeString(folder.resolve("3"), "efghij");
        try (ByteText text = ByteText.open(folder)) {
            for (int from = 0; from <= 10; from++) {
                for (int to = from; to <= 10; to++) {
                    if (from < 10) {
                        assertEquals(expected.substring(from, to), read(text, from, to - from));
                    }
                }
            }
        }
    }

    @Test
    void aRangeReadsItsPartAndNothingBeyondIt() {
        try (ByteText text = ByteText.of("test", "0123456789".getBytes(StandardCharsets.UTF_8))) {
            Tokens range = text.range(3, 7);
            assertEquals(4, range.count());
            assertEquals("456", read(range, 1, 3));
            assertThrows(IndexOutOfBoundsException.class, () -> read(range, 2, 3));
            assertThrows(IndexOutOfBoundsException.class, () -> text.range(3, 11));
        }
    }

    @Test
    void aMissingPathIsRefusedWithItsAbsoluteName() {
        JavelinException error = assertThrows(JavelinException.class, () -> ByteText.open(folder.resolve("no")));
        assertEquals("JVL-DAT-0001", error.code());
        assertTrue(error.getMessage()
                .contains(folder.resolve("no").toAbsolutePath().toString()));
    }

    @Test
    void emptyFilesAndFoldersAreRefused() throws IOException {
        Path file = Files.createFile(folder.resolve("empty.txt"));
        for (Path path : new Path[] {file, folder}) {
            JavelinException error = assertThrows(JavelinException.class, () -> ByteText.open(path));
            assertEquals("JVL-DAT-0003", error.code());
        }
    }

    @Test
    void whatIsNeitherFileNorFolderIsRefusedAsUnreadable() {
        JavelinException error = assertThrows(JavelinException.class, () -> ByteText.open(Path.of("/dev/null")));
        assertEquals("JVL-DAT-0002", error.code());
    }

    @Test
    void aFileWithoutTheRightToReadItIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("secret.txt"), "text");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(file), "this user may read everything");
        JavelinException error = assertThrows(JavelinException.class, () -> ByteText.open(file));
        assertEquals("JVL-DAT-0002", error.code());
    }

    @Test
    void theBundledBookBeginsWithItsFirstChapter() {
        try (ByteText book = BundledText.mobyDick()) {
            assertEquals("CHAPTER 1. Loomings.", read(book, 0, 20));
            assertTrue(book.count() > 1_200_000);
        }
    }
}
