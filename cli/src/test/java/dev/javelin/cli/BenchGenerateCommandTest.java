package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("bench generate")
class BenchGenerateCommandTest {

    @Test
    @DisplayName("reports the rates of prefill and decode, the bytes of a step and the memory")
    void reports() {
        Call call = Call.of(
                "bench",
                "generate",
                "--model=llama:layers=1,width=16,heads=4,kvHeads=2,ff=24,vocab=64,block=32",
                "--prompts=2",
                "--prompt-tokens=10",
                "--tokens=6",
                "--turns=1",
                "--json");
        assertEquals(0, call.code(), call.err());
        JsonNode report = call.json();
        for (String rate : new String[] {
            "prefillTokensPerSecond", "decodeTokensPerSecond", "recomputedTokensPerSecond", "vectorGigabytesPerSecond"
        }) {
            assertTrue(report.get(rate).asDouble() > 0, rate);
        }
        int cache = 2 * 2 * 16 * 8 * 4; // keys and values, prompts, positions, two heads of width 4, FLOAT32
        assertEquals(cache, report.get("cacheBytes").asInt());
        int weights = 4 * (16 * 32 + 16 * 16 + 3 * 16 * 24 + 64 * 16);
        assertEquals(weights + cache * 13.0 / 16, report.get("decodeBytes").asDouble());
        assertEquals(report.get("predictedPeakDeviceBytes"), report.get("peakDeviceBytes"));
    }

    @Test
    @DisplayName("refuses texts longer than the model's positions, exit code 2")
    void refuses() {
        Call call = Call.of("bench", "generate", "--model=small", "--prompt-tokens=120", "--tokens=20", "--json");
        assertEquals(2, call.code());
        assertEquals("JVL-API-0042", call.json().get("error").get("code").asText());
    }
}
