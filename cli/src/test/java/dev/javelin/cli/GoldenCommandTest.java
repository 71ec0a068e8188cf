package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Spliterators;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("javelin tck golden")
class GoldenCommandTest {
    @TempDir
    Path folder;

    private Path golden;

    @BeforeEach
    void copyCase() throws IOException {
        try (ModuleReader tck = ModuleLayer.boot()
                .configuration()
                .findModule("dev.javelin.tck")
                .orElseThrow()
                .reference()
                .open()) {
            for (String name :
                    List.of("gpt-tiny.json", "gpt-tiny.safetensors", "llama-tiny.json", "llama-tiny.safetensors")) {
                try (InputStream in = tck.open("dev/javelin/tck/golden/" + name).orElseThrow()) {
                    Files.copy(in, folder.resolve(name));
                }
            }
        }
        golden = folder.resolve("gpt-tiny.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"32-true", "64-true"})
    @DisplayName("passes, and prints the same object at every launch")
    void passes(String precision) {
        String[] arguments = {"tck", "golden", golden.toString(), "--precision", precision, "--json"};
        Call call = Call.of(arguments);
        assertEquals(0, call.code(), call.err());
        JsonNode report = call.json();
        assertEquals(
                List.of(
                        "case",
                        "precision",
                        "ranks",
                        "lossError",
                        "gradientError",
                        "weightError",
                        "weightsSha256",
                        "weightsEqualOnAllRanks",
                        "pass"),
                StreamSupport.stream(Spliterators.spliteratorUnknownSize(report.fieldNames(), 0), false)
                        .toList());
        assertEquals("gpt-tiny", report.get("case").asText());
        assertEquals(precision, report.get("precision").asText());
        assertTrue(report.get("pass").asBoolean());
        assertEquals(call.out(), Call.of(arguments).out());
    }

    @ParameterizedTest(name = "{0} ranks of {1} threads over {2}")
    @CsvSource({"2,1,local", "2,2,local", "3,1,local", "4,1,local", "2,1,tcp", "3,2,tcp"})
    @DisplayName("passes with several ranks, whose weights are equal, whatever moves the data")
    void passesWithSeveralRanks(int ranks, int threads, String communicator) {
        for (String precision : List.of("32-true", "64-true")) {
            Call call = Call.of(
                    "tck",
                    "golden",
                    golden.toString(),
                    "--precision=" + precision,
                    "--strategy=ddp",
                    "--ranks=" + ranks,
                    "--threads=" + threads,
                    "--communicator=" + communicator,
                    "--json");
            assertEquals(0, call.code(), call.err());
            assertEquals(ranks, call.json().get("ranks").asInt());
            assertTrue(call.json().get("weightsEqualOnAllRanks").asBoolean());
            assertTrue(call.json().get("pass").asBoolean());
            String reference = Call.of(
                            "tck",
                            "golden",
                            golden.toString(),
                            "--precision=" + precision,
                            "--strategy=ddp",
                            "--ranks=" + ranks,
                            "--threads=1",
                            "--json")
                    .json()
                    .get("weightsSha256")
                    .asText();
            assertEquals(reference, call.json().get("weightsSha256").asText(), "same bits as local, inline");
        }
    }

    @ParameterizedTest(name = "{0} ranks, {1}")
    @CsvSource({"1,single,32-true", "2,ddp,32-true", "2,ddp,64-true", "3,ddp,32-true"})
    @DisplayName("passes for Llama, with one rank and with several")
    void passesForLlama(int ranks, String strategy, String precision) {
        Call call = Call.of(
                "tck",
                "golden",
                folder.resolve("llama-tiny.safetensors").toString(),
                "--precision=" + precision,
                "--strategy=" + strategy,
                "--ranks=" + ranks,
                "--threads=1",
                "--json");
        assertEquals(0, call.code(), call.err());
        assertEquals("llama-tiny", call.json().get("case").asText());
        assertTrue(call.json().get("weightsEqualOnAllRanks").asBoolean());
        assertTrue(call.json().get("pass").asBoolean());
    }

    @Test
    @DisplayName("ends with exit code 1 if the run differs too much")
    void fails() throws IOException {
        Path json = folder.resolve("gpt-tiny.json");
        Files.writeString(json, Files.readString(json).replaceFirst("\"lr\": [^,]+", "\"lr\": 0.5"));
        Call call = Call.of("tck", "golden", golden.toString(), "--json");
        assertEquals(1, call.code(), call.err());
        assertTrue(!call.json().get("pass").asBoolean());
        assertTrue(call.json().get("lossError").asDouble() > 1e-3);
    }

    @Test
    @DisplayName("ends with exit code 3 for a missing case, 2 for an unknown precision")
    void refuses() {
        Call missing =
                Call.of("tck", "golden", folder.resolve("none.safetensors").toString());
        assertEquals(3, missing.code());
        assertTrue(missing.err().startsWith("JVL-DAT-0030"), missing.err());
        Call precision = Call.of("tck", "golden", golden.toString(), "--precision", "8");
        assertEquals(2, precision.code());
        assertTrue(precision.err().startsWith("JVL-CFG-0003"), precision.err());
    }
}
