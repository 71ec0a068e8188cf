package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("javelin bench step")
class BenchStepCommandTest {

    @Test
    @DisplayName("prints rates that agree with each other, and a peak that was predicted to the byte")
    void measures() {
        Call call = Call.of(
                "bench",
                "step",
                "--model=gpt:layers=1,width=32,heads=2,vocab=64,block=32",
                "--batch=2",
                "--block=16",
                "--threads=1",
                "--turns=1",
                "--json");
        assertEquals(0, call.code(), call.err());
        JsonNode report = call.json();
        // N without the position table: wte and head, one block, the last norm.
        long n = 2 * 64 * 32 + 32 * (12 * 32 + 13) + 2 * 32;
        double flopsPerToken = 6.0 * n + 12.0 * 32 * 16;
        assertEquals(
                report.get("tokensPerSecond").asDouble() * flopsPerToken / 1e9,
                report.get("gflopsPerSecond").asDouble(),
                1e-9);
        assertEquals(
                report.get("gflopsPerSecond").asDouble()
                        / Math.max(
                                report.get("sgemmOwnGflopsPerSecond").asDouble(),
                                report.get("sgemmOpenBlasGflopsPerSecond").asDouble()),
                report.get("ratio").asDouble(),
                1e-12);
        assertEquals(
                report.get("predictedPeakDeviceBytes").asLong(),
                report.get("peakDeviceBytes").asLong());
        assertTrue(report.get("peakResidentBytes").asLong()
                > report.get("peakDeviceBytes").asLong());
    }

    @Test
    @DisplayName("counts the operations of a Llama without its token table, which is only looked up")
    void measuresLlama() {
        Call call = Call.of(
                "bench",
                "step",
                "--model=llama:layers=1,width=32,heads=4,kvHeads=2,ff=48,vocab=64,block=16",
                "--batch=2",
                "--threads=1",
                "--turns=1",
                "--json");
        assertEquals(0, call.code(), call.err());
        JsonNode report = call.json();
        long n = 64 * 32 + 32 * (2 * 32 + 2 * 16) + 3 * 32 * 48 + 3 * 32; // head, attention, feed-forward layer, norms
        assertEquals(
                report.get("tokensPerSecond").asDouble() * (6.0 * n + 12.0 * 32 * 16) / 1e9,
                report.get("gflopsPerSecond").asDouble(),
                1e-9);
        assertEquals(
                report.get("predictedPeakDeviceBytes").asLong(),
                report.get("peakDeviceBytes").asLong());
    }

    @Test
    @DisplayName("profiles the steps of several ranks into one trace")
    void profiles(@TempDir Path folder) throws IOException {
        Path out = folder.resolve("profile");
        Call call = Call.of(
                "bench",
                "step",
                "--model=gpt:layers=1,width=32,heads=2,vocab=64,block=32",
                "--batch=2",
                "--block=16",
                "--strategy=ddp",
                "--ranks=2",
                "--threads=2",
                "--turns=1",
                "--profile=2",
                "--profile-out=" + out,
                "--json");
        assertEquals(0, call.code(), call.err());
        assertEquals(out.toString(), call.json().get("profile").asText());
        assertTrue(call.err().contains("the step"), call.err());
        JsonNode profile = new ObjectMapper().readTree(Files.readString(out.resolve("profile.json")));
        assertEquals(2, profile.get("steps").asInt());
        assertEquals(2, profile.get("ranks").size());
        Map<Integer, Integer> collectives = new TreeMap<>();
        for (JsonNode event : new ObjectMapper()
                .readTree(Files.readString(out.resolve("trace.json")))
                .get("traceEvents")) {
            if (event.get("name").asText().equals("all_reduce")) {
                collectives.merge(event.get("pid").asInt(), 1, Integer::sum);
                JsonNode arguments = event.get("args");
                assertTrue(arguments.get("sentBytes").asLong() > 0, event.toString());
                double waited = arguments.get("waitedForLastRankMicroseconds").asDouble();
                assertTrue(waited >= 0 && waited <= event.get("dur").asDouble(), event.toString());
            }
        }
        assertEquals(Set.of(0, 1), collectives.keySet());
        assertEquals(collectives.get(0), collectives.get(1));
        try (var files = Files.list(out)) {
            assertEquals(
                    List.of("profile.json", "profile.txt", "trace.json"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    @DisplayName("refuses to profile steps by number, and a folder without steps")
    void refusesProfiles() {
        Call numbers = Call.of("bench", "step", "--model=baby", "--profile=3-4");
        assertEquals(2, numbers.code());
        assertTrue(numbers.err().startsWith("JVL-CFG-0076"), numbers.err());
        Call nothing = Call.of("bench", "step", "--model=baby", "--profile-out=here");
        assertEquals(2, nothing.code());
        assertTrue(nothing.err().contains("JVL-CFG-0075"), nothing.err());
        Call wrong = Call.of("fit", "--profile=x");
        assertEquals(2, wrong.code());
        assertTrue(wrong.err().contains("JVL-CFG-0072"), wrong.err());
    }

    @Test
    @DisplayName("refuses rows longer than the model's block, and models without tokens")
    void refuses() {
        Call block = Call.of("bench", "step", "--model=baby", "--block=512");
        assertEquals(2, block.code());
        assertTrue(block.err().startsWith("JVL-CFG-0048"), block.err());
        Call family = Call.of("bench", "step", "--model=mlp");
        assertEquals(2, family.code());
        assertTrue(family.err().startsWith("JVL-CFG-0057"), family.err());
    }
}
