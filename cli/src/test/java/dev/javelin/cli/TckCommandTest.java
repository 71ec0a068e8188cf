package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("javelin tck")
class TckCommandTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("rules lists every rule with its level, and one chapter as it stands in the specification")
    void rulesAreListed() {
        Call call = Call.of("tck", "rules");
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("COM-205 MUST   allReduce puts the sum"), call.out());
        Call json = Call.of("tck", "rules", "communicator", "--json");
        assertEquals("COM-101", json.json().get("rules").get(0).get("id").asText());
        assertTrue(Call.of("tck", "rules", "communicator", "--markdown").out().startsWith("# Communicators"));
        assertEquals(2, Call.of("tck", "rules", "communicators").code());
    }

    @Test
    @DisplayName("run checks a communicator and writes its report and its certificate")
    void aCommunicatorIsChecked() throws Exception {
        Call call = Call.of(
                "tck",
                "run",
                "--communicator",
                "local",
                "--quick",
                "--ranks",
                "2",
                "--out",
                folder.toString(),
                "--json");
        assertEquals(0, call.code(), call.err());
        assertEquals("partial", call.json().get("verdict").asText());
        assertEquals("[2] as THREADS", call.json().get("settings").get("ranks").asText());
        JsonNode certificate =
                new ObjectMapper().readTree(folder.resolve("certificate.json").toFile());
        assertEquals(call.json(), certificate);
        assertTrue(Files.readString(folder.resolve("report.md")).startsWith("# communicator 'local': partial"));
    }

    @Test
    @DisplayName("run ends with exit code 1 if a MUST is not kept, here for an option that the plugin refuses")
    void aBrokenRuleIsAFailure() {
        Call call = Call.of(
                "tck", "run", "--communicator", "local", "--option", "rails=2", "--quick", "--ranks", "2", "--json");
        assertEquals(1, call.code(), call.err());
        assertEquals("failed", call.json().get("verdict").asText());
    }

    @Test
    @DisplayName("run certifies a strategy, and refuses ranks for it")
    void aStrategyIsCertified() {
        Call call = Call.of("tck", "run", "--strategy", "single", "--json");
        assertEquals(0, call.code(), call.err());
        assertEquals("certified", call.json().get("verdict").asText());
        assertEquals(
                2, Call.of("tck", "run", "--strategy", "single", "--ranks", "2").code());
    }

    @Test
    @DisplayName("run checks an accelerator with its options and a seed, and refuses ranks for it")
    void anAcceleratorIsChecked() {
        Call call = Call.of("tck", "run", "--accelerator", "null", "--quick", "--seed", "5", "--json");
        assertEquals(0, call.code(), call.err());
        assertEquals("partial", call.json().get("verdict").asText());
        assertEquals("5", call.json().get("settings").get("seed").asText());
        assertTrue(call.json().get("inapplicable").asInt()
                > call.json().get("passed").asInt());
        assertEquals(
                2, Call.of("tck", "run", "--accelerator", "cpu", "--ranks", "2").code());
        assertEquals(
                2, Call.of("tck", "run", "--strategy", "single", "--seed", "2").code());
        Call unknown = Call.of("tck", "run", "--accelerator", "cpi", "--json");
        assertEquals("JVL-PLG-0001", unknown.json().get("error").get("code").asText());
    }

    @Test
    @DisplayName("run wants one plugin to check, and one that is there")
    void aPluginIsNamed() {
        assertEquals(2, Call.of("tck", "run").code());
        Call unknown = Call.of("tck", "run", "--communicator", "locl", "--json");
        assertEquals(2, unknown.code());
        assertEquals("JVL-PLG-0001", unknown.json().get("error").get("code").asText());
    }
}
