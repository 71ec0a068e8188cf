package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("javelin bench device")
class BenchDeviceCommandTest {
    private static final String MODEL = "--model=gpt:layers=1,width=32,heads=2,vocab=64,block=16";

    @Test
    @DisplayName("measures each instruction of a step once, with the operations and bytes that the planner names")
    void measures() {
        Call call = Call.of(
                "bench", "device", MODEL, "--batch=2", "--block=16", "--threads=1", "--seconds=0.002", "--json");
        assertEquals(0, call.code(), call.err());
        JsonNode report = call.json();
        for (String rate : List.of(
                "productFlopsPerSecond",
                "copyBytesPerSecond",
                "toDeviceBytesPerSecond",
                "toHostBytesPerSecond",
                "bothWaysBytesPerSecond",
                "besideProductBytesPerSecond",
                "toHostBesideProductBytesPerSecond")) {
            assertTrue(report.get(rate).asDouble() > 1e6, rate);
        }
        Set<String> kinds = new HashSet<>();
        double total = 0;
        for (JsonNode row : report.get("instructions")) {
            total += row.get("calls").asInt() * row.get("seconds").asDouble();
            kinds.add(row.get("operation").asText() + row.get("types").asText());
            double least = Math.max(
                    row.get("flops").asDouble()
                            / report.get("productFlopsPerSecond").asDouble(),
                    row.get("bytes").asDouble()
                            / report.get("copyBytesPerSecond").asDouble());
            assertEquals(
                    least / row.get("seconds").asDouble(), row.get("ofLimit").asDouble(), 1e-9);
        }
        assertEquals(total, report.get("stepSeconds").asDouble(), 1e-12);
        assertTrue(kinds.stream().anyMatch(kind -> kind.startsWith("adamw")), kinds.toString());
        assertTrue(kinds.stream().anyMatch(kind -> kind.startsWith("embedding_gradient")), kinds.toString());
        // The head's product forward: [2 * 16, 32] by [64, 32] transposed.
        JsonNode head = StreamSupport.stream(report.get("instructions").spliterator(), false)
                .filter(row -> row.get("types").asText().equals("[F32[2, 16, 32], F32[64, 32]] -> [F32[2, 16, 64]]"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(report.toPrettyString()));
        assertEquals(2.0 * 32 * 32 * 64, head.get("flops").asDouble());
    }

    @Test
    @DisplayName("shows tables for people, the longest instruction first")
    void shows() {
        Call call = Call.of("bench", "device", MODEL, "--batch=2", "--block=16", "--threads=1", "--seconds=0.001");
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("cpu: matrix product "), call.out());
        assertTrue(call.out().contains("operation "), call.out());
        List<Double> shares = call.out()
                .lines()
                .filter(line -> line.contains(" -> ["))
                .map(line -> line.split(" +"))
                .map(words -> Double.parseDouble(words[2]))
                .toList();
        assertTrue(shares.size() > 20, call.out());
        assertEquals(shares.stream().sorted((a, b) -> Double.compare(b, a)).toList(), shares);
    }

    @Test
    @DisplayName("refuses a time that cannot be, and a device that can only be planned for")
    void refuses() {
        assertEquals(2, Call.of("bench", "device", MODEL, "--seconds=0").code());
        Call none = Call.of("bench", "device", MODEL, "--accelerator=null");
        assertNotEquals(0, none.code());
        assertTrue(none.err().contains("JVL-ENG-0001"), none.err());
    }
}
