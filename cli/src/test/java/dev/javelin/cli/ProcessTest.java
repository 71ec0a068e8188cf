package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only shows in a process of its own: signals, sudden death, exit codes, and what is on stdout. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@DisplayName("javelin as a process")
class ProcessTest {
    @TempDir
    Path folder;

    private ProcessBuilder process(List<String> arguments) {
        return Javelin.in(folder).process(arguments);
    }

    private static List<String> training(Path out, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "fit",
                "--model=gpt:layers=1,width=16,heads=2,block=16",
                "--set=data.batch=2",
                "--set=data.validation=0",
                "--set=optimizer.schedule=constant",
                "--set=trainer.checkpointEvery=5",
                "--out=" + out));
        all.addAll(List.of(more));
        return all;
    }

    private static void awaitLine(Process process, String text) throws IOException {
        BufferedReader err = process.errorReader();
        StringBuilder seen = new StringBuilder();
        for (String line = err.readLine(); line != null; line = err.readLine()) {
            seen.append(line).append('\n');
            if (line.contains(text)) {
                return;
            }
        }
        throw new AssertionError("the process ended without '" + text + "' on stderr:\n" + seen);
    }

    private static long newestStep(Path run) throws IOException {
        try (var paths = Files.list(run)) {
            return paths.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("checkpoint-"))
                    .mapToLong(name -> Long.parseLong(name.substring("checkpoint-".length())))
                    .max()
                    .orElseThrow();
        }
    }

    /** Goes on with a broken run, and compares with a run of the same length that was never broken. */
    private void assertGoesOn(Path broken) throws IOException {
        String steps = "--max-steps=" + (newestStep(broken) + 3);
        Call resumed = Call.of("fit", "--resume", broken.toString(), steps);
        assertEquals(0, resumed.code(), resumed.err());
        Path whole = folder.resolve("whole");
        Call unbroken = Call.of(training(whole, steps).toArray(String[]::new));
        assertEquals(0, unbroken.code(), unbroken.err());
        for (String file : List.of("model.safetensors", "m.safetensors", "v.safetensors")) {
            String path = "checkpoint-" + newestStep(whole) + "/" + file;
            assertArrayEquals(Files.readAllBytes(whole.resolve(path)), Files.readAllBytes(broken.resolve(path)), path);
        }
    }

    @ParameterizedTest(name = "SIG{0}, exit code {1}")
    @CsvSource({"INT, 130", "TERM, 143"})
    @DisplayName("writes a checkpoint on a signal, says where, and goes on later to the same bits")
    void checkpointsOnSignals(String signal, int code) throws Exception {
        Path run = folder.resolve("run");
        Process process = process(training(run, "--max-steps=1000000")).start();
        awaitLine(process, "step 1/");
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        String out = new String(process.getInputStream().readAllBytes());
        assertEquals(code, process.waitFor(), out);
        assertTrue(out.contains("checkpoint: " + run.resolve("checkpoint-" + newestStep(run))), out);
        assertTrue(out.contains("javelin fit --resume " + run), out);
        assertGoesOn(run);
    }

    @Test
    @DisplayName("goes on from the last checkpoint after it was killed, to the same bits")
    void survivesBeingKilled() throws Exception {
        Path run = folder.resolve("run");
        Process process = process(training(run, "--max-steps=1000000")).start();
        awaitLine(process, "checkpoint after step 10:");
        process.destroyForcibly().waitFor();
        assertGoesOn(run);
    }

    @Test
    @DisplayName("has exactly one object on stdout with --json, whatever else there is to say")
    void keepsStdoutPure() throws Exception {
        Path err = folder.resolve("err");
        Process process = process(training(folder.resolve("run"), "--max-steps=3", "--json"))
                .redirectError(err.toFile())
                .start();
        String out = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), () -> read(err));
        assertEquals(1, out.lines().count(), out);
        assertEquals(3, new ObjectMapper().readTree(out).get("steps").asLong());
        assertTrue(read(err).contains("run folder:"), () -> read(err));
    }

    @Test
    @DisplayName("ends with the exit code of its error")
    void endsWithTheExitCode() throws Exception {
        Process process = process(List.of("fit", "--data=nowhere", "--json")).start();
        String out = new String(process.getInputStream().readAllBytes());
        assertEquals(3, process.waitFor(), out);
        assertEquals(
                "JVL-DAT-0001",
                new ObjectMapper().readTree(out).get("error").get("code").asText());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
