package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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
