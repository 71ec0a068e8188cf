package dev.javelin.accelerator.cpu.blas;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenBlasFilesTest {

    @TempDir
    private Path cache;

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> !name.equals(OpenBlasFiles.VERIFIED)) // whoever came late may have noted them
                    .sorted()
                    .toList();
        }
    }

    @Test
    void extractAtTheSameTimeWithoutHarm() throws IOException, InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<Path>> extractions = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                extractions.add(threads.submit(() -> OpenBlasFiles.extract(cache)));
            }
            for (Future<Path> extraction : extractions) {
                extraction.get();
            }
            assertEquals(
                    List.of("libgcc_s.so.1", "libgfortran.so.5", "libopenblas.so.0", "libquadmath.so.0"),
                    names(extractions.getFirst().get()));
        }
    }

    @Test
    void replaceADamagedFileAndLeaveWholeOnesAlone() throws IOException {
        Path folder = OpenBlasFiles.extract(cache);
        Path small = folder.resolve("libgcc_s.so.1");
        byte[] whole = Files.readAllBytes(small);
        byte[] damaged = whole.clone();
        damaged[1000] ^= 1;
        Files.write(small, damaged);
        Object other = Files.readAttributes(folder.resolve("libopenblas.so.0"), "unix:ino")
                .get("ino");
        OpenBlasFiles.extract(cache);
        assertArrayEquals(whole, Files.readAllBytes(small));
        assertEquals(
                other,
                Files.readAttributes(folder.resolve("libopenblas.so.0"), "unix:ino")
                        .get("ino"));
    }

    @Test
    void trustWhatWasVerifiedUntilAFileChanges() throws IOException {
        Path folder = OpenBlasFiles.extract(cache);
        OpenBlasFiles.extract(cache);
        Path verified = folder.resolve(OpenBlasFiles.VERIFIED);
        List<String> lines = Files.readAllLines(verified);
        assertEquals(4, lines.size());
        Path library = folder.resolve("libopenblas.so.0");
        byte[] whole = Files.readAllBytes(library);
        Files.write(library, Arrays.copyOf(whole, whole.length / 2)); // truncated
        OpenBlasFiles.extract(cache);
        assertArrayEquals(whole, Files.readAllBytes(library));
        OpenBlasFiles.extract(cache);
        assertNotEquals(lines, Files.readAllLines(verified));
        Files.writeString(verified, "libopenblas.so.0"); // half a note is no note
        OpenBlasFiles.extract(cache);
        assertEquals(4, Files.readAllLines(verified).size());
    }

    @Test
    void sayWhyTheyCannotBeWritten() throws IOException {
        Path file = Files.writeString(cache.resolve("file"), "not a folder");
        OpenBlasUnavailable e = assertThrows(OpenBlasUnavailable.class, () -> OpenBlasFiles.extract(file));
        assertEquals("JVL-CPU-0102", e.code());
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }

    @Test
    void sayWhyTheyDoNotLoad() {
        OpenBlasUnavailable e = assertThrows(OpenBlasUnavailable.class, () -> OpenBlas.load(cache));
        assertEquals("JVL-CPU-0103", e.code());
    }

    @Test
    void loadAsOneThreadedOpenBlas() {
        OpenBlas library = OpenBlas.load(OpenBlasFiles.extract(cache));
        assertEquals(1, library.openblas_get_num_threads());
        assertTrue(library.openblas_get_config().startsWith("OpenBLAS 0.3.31"), library.openblas_get_config());
        assertTrue(new OpenBlasSerial(library).description().contains(library.openblas_get_corename()));
    }
}
