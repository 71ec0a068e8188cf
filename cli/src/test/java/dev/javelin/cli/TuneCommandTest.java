package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("javelin tune")
class TuneCommandTest {
    private static final String[] MODEL = {"--model", "gpt:layers=1,width=16,heads=2,block=16", "--set", "data.batch=8"
    };

    @TempDir
    Path folder;

    private static Call tune(String what, String... more) {
        List<String> all = new ArrayList<>(List.of("tune", what));
        all.addAll(Arrays.asList(MODEL));
        all.addAll(Arrays.asList(more));
        return Call.of(all.toArray(String[]::new));
    }

    private static List<String> numbers(JsonNode array, String key) {
        List<String> numbers = new ArrayList<>();
        array.forEach(one -> numbers.add(one.get(key).asText()));
        return numbers;
    }

    @Test
    @DisplayName("lr suggests a rate as the setting to use, and writes its points and drawing where asked")
    void learningRate() throws IOException {
        Path out = folder.resolve("rates");
        Call call = tune("lr", "--steps", "40", "--min", "1e-5", "--out", out.toString(), "--json");
        JsonNode result = call.json();
        double suggestion = result.get("suggestion").asDouble();
        assertTrue(suggestion > 1e-4 && suggestion < 1, "suggested " + suggestion);
        assertEquals(
                "optimizer.learningRate=" + String.format("%.1e", suggestion),
                result.get("set").asText());
        JsonNode points = result.get("points");
        assertEquals(1e-5, points.get(0).get("rate").asDouble(), 1e-12);
        List<String> csv = Files.readAllLines(out.resolve("learning-rates.csv"));
        assertEquals("step,rate,loss,smoothed", csv.getFirst());
        assertEquals(points.size() + 1, csv.size());
        assertTrue(csv.get(1).startsWith("1,1.0E-5," + points.get(0).get("loss").asText()), csv.get(1));
        String svg = Files.readString(out.resolve("learning-rates.svg"));
        assertTrue(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"), svg);
        List<String> curves = Pattern.compile("<polyline [^>]* points=\"([^\"]*)\"/>")
                .matcher(svg)
                .results()
                .map(match -> match.group(1).strip())
                .toList();
        assertEquals(2, curves.size());
        curves.forEach(curve -> assertEquals(points.size(), curve.split(" ").length));
        assertTrue(svg.contains("suggested: "), svg);
    }

    @Test
    @DisplayName("lr shows a table, a drawing and the suggestion to people, and leaves no file")
    void drawing() throws IOException {
        Call call = tune("lr", "--steps", "30", "--min", "1e-5");
        assertEquals(0, call.code());
        assertTrue(call.out().contains("suggestion: --set optimizer.learningRate="), call.out());
        assertTrue(
                call.out()
                                .lines()
                                .filter(line -> line.contains("|") && line.contains("*"))
                                .count()
                        > 3,
                call.out());
        assertTrue(call.out().contains("1e-5"), call.out());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    @DisplayName("lr works with the ranks of the job")
    void ranks() {
        JsonNode result = tune("lr", "--steps", "20", "--ranks", "2", "--strategy", "ddp", "--threads", "1", "--json")
                .json();
        JsonNode alone = tune("lr", "--steps", "20", "--threads", "1", "--json").json();
        assertEquals(20, result.get("points").size());
        assertEquals(
                alone.get("points").get(0).get("loss").asDouble(),
                result.get("points").get(0).get("loss").asDouble(),
                1e-5);
    }

    @Test
    @DisplayName("lr begins from the weights of a run and leaves it as it is")
    void resume() throws IOException {
        Path run = folder.resolve("run");
        List<String> fit = new ArrayList<>(List.of("fit", "--out", run.toString(), "--max-steps", "30"));
        fit.addAll(Arrays.asList(MODEL));
        fit.addAll(List.of("--set", "optimizer.learningRate=0.01", "--json"));
        double trained =
                Call.of(fit.toArray(String[]::new)).json().get("finalLoss").asDouble();
        long before = size(run);
        JsonNode result = Call.of("tune", "lr", "--resume", run.toString(), "--steps", "10", "--json")
                .json();
        assertEquals(trained, result.get("points").get(0).get("loss").asDouble(), 0.5);
        assertEquals(before, size(run));
    }

    private static long size(Path run) throws IOException {
        try (Stream<Path> files = Files.walk(run)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    @DisplayName("batch finds the largest power of two, whose peak is that of explain")
    void batch() {
        JsonNode found = tune("batch", "--memory", "2MiB", "--json").json();
        assertEquals(2 << 20, found.get("limitBytes").asLong());
        assertTrue(found.get("peakBytes").asLong() <= 2 << 20);
        long batch = found.get("batch").asLong();
        assertTrue(Long.bitCount(batch) == 1, "a power of two: " + batch);
        List<String> batches = numbers(found.get("candidates"), "batch");
        assertEquals(Long.toString(2 * batch), batches.getLast());
        assertFalse(found.get("candidates").get(batches.size() - 1).get("fits").asBoolean());
        JsonNode explained = Call.of(
                        "explain",
                        "--model",
                        MODEL[1],
                        "--set",
                        found.get("set").get(0).asText(),
                        "--json")
                .json();
        assertEquals(
                explained.get("memory").get("peakBytes").asLong(),
                found.get("peakBytes").asLong());
    }

    @Test
    @DisplayName("batch finds the fewest micro-batches for a global batch over ranks, for an imagined device")
    void globalBatch() {
        JsonNode found = tune(
                        "batch",
                        "--memory",
                        "1MB",
                        "--global-batch",
                        "96",
                        "--ranks",
                        "2",
                        "--strategy",
                        "ddp",
                        "--set",
                        "trainer.accelerator=null",
                        "--json")
                .json();
        assertEquals(96, found.get("batch").asLong());
        assertEquals(2, found.get("ranks").asLong());
        long micro = found.get("accumulate").asLong();
        assertTrue(micro > 1, "micro-batches " + micro);
        assertEquals(96, micro * found.get("rowsPerRank").asLong() * 2);
        assertTrue(found.get("set").toString().contains("trainer.accumulate=" + micro));
    }

    @Test
    @DisplayName("batch takes what the machine has, if the CPU names no limit")
    void machine() {
        Call call = tune("batch", "--max-rows", "4");
        assertEquals(0, call.code());
        assertTrue(call.err().contains("available for each of its 1 ranks"), call.err());
        assertTrue(call.out().contains("--set data.batch=4 --set trainer.accumulate=1"), call.out());
    }

    @ParameterizedTest
    @CsvSource({
        "batch,--memory,lots,JVL-CFG-0078",
        "batch,--memory,0,JVL-CFG-0078",
        "batch,--memory,1kB,JVL-TUN-0003",
        "batch,--global-batch,0,JVL-CFG-0050",
        "lr,--min,2,JVL-CFG-0014",
        "lr,--steps,3,JVL-CFG-0014"
    })
    @DisplayName("refuses what makes no sense, as a mistake of usage")
    void refused(String what, String option, String value, String code) {
        Call call = tune(what, option, value, "--json");
        assertEquals(code, call.json().get("error").get("code").asText());
        assertEquals(2, call.code());
    }

    @Test
    @DisplayName("batch asks for a limit where the device names none")
    void unlimited() {
        Call call = tune("batch", "--set", "trainer.accelerator=null");
        assertEquals(2, call.code());
        assertTrue(call.err().contains("JVL-TUN-0002") && call.err().contains("--memory"), call.err());
    }
}
