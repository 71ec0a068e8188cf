package dev.javelin.communicator.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranks that really are processes. */
class ProcessesTest {

    private static Process start(Path folder, int rank, int size, String what) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=dev.javelin.communicator.local,dev.javelin.communicator.host,ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "--module-path",
                        System.getProperty("jdk.module.path"),
                        "--class-path",
                        System.getProperty("java.class.path"),
                        "--patch-module",
                        "dev.javelin.communicator.local=target/test-classes",
                        "--add-reads",
                        "dev.javelin.communicator.local=ALL-UNNAMED",
                        "--module",
                        "dev.javelin.communicator.local/" + ProcessRank.class.getName(),
                        folder.toString(),
                        Integer.toString(rank),
                        Integer.toString(size),
                        what)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static List<String> run(Path folder, int size, String what) throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            processes.add(start(folder, rank, size, what));
        }
        List<String> outcomes = new ArrayList<>();
        for (Process process : processes) {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            outcomes.add(process.waitFor() + " " + output.strip());
        }
        return outcomes;
    }

    private static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
            return files.map(Path::toString)
                    .filter(name -> name.contains("javelin"))
                    .toList();
        }
    }

    @Test
    void twoProcessesSumInTheMemoryTheyShare(@TempDir Path folder) throws Exception {
        assertEquals(List.of("0 sums are right", "0 sums are right"), run(folder, 2, "sums"));
    }

    @Test
    void aProcessThatDiesLeavesNothingBehindAndNobodyWaiting(@TempDir Path folder) throws Exception {
        List<String> before = names();
        List<String> outcomes = run(folder, 3, "die");
        assertEquals("9", outcomes.get(1).strip());
        for (int rank : new int[] {0, 2}) { // the second of them may already miss the first
            assertTrue(outcomes.get(rank).matches("0 rank [012] is lost"), outcomes.get(rank));
        }
        assertEquals(before, names());
    }
}
