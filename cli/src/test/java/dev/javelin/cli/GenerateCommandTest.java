package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("generate")
class GenerateCommandTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void train() {
        train("gpt", "gpt:layers=1,width=16,heads=2,block=48");
        train("llama", "llama:layers=1,width=16,heads=4,kvHeads=2,block=48");
    }

    private static void train(String name, String model) {
        Call call = Call.of(
                "fit",
                "--model=" + model,
                "--max-steps=3",
                "--set=data.batch=2",
                "--set=data.block=48",
                "--set=data.validation=0",
                "--out=" + folder.resolve(name),
                "--json");
        assertEquals(0, call.code(), call.err());
    }

    private static Call generate(String run, String... more) {
        List<String> all = new ArrayList<>(
                List.of("generate", "--checkpoint", folder.resolve(run).toString()));
        all.addAll(Arrays.asList(more));
        return Call.of(all.toArray(String[]::new));
    }

    private static JsonNode json(String run, String... more) {
        String[] all = Arrays.copyOf(more, more.length + 1);
        all[more.length] = "--json";
        Call call = generate(run, all);
        assertEquals(0, call.code(), call.err());
        return call.json();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt", "llama"})
    @DisplayName("continues several prompts of different lengths as each would be alone with its seed")
    void continuesSeveralPrompts(String run) {
        String[] prompts = {"Call me Ishmael. Some years ago", "The", "x"};
        JsonNode together = json(
                run,
                "--prompt",
                prompts[0],
                "--prompt",
                prompts[1],
                "--prompt",
                prompts[2],
                "--tokens=70",
                "--temperature=0.9",
                "--top-p=0.9",
                "--seed=4");
        assertEquals(3, together.get("texts").size());
        for (int i = 0; i < 3; i++) {
            JsonNode text = together.get("texts").get(i);
            JsonNode alone = json(
                    run,
                    "--prompt",
                    prompts[i],
                    "--tokens=70",
                    "--temperature=0.9",
                    "--top-p=0.9",
                    "--seed=" + (4 + i));
            assertEquals(prompts[i], text.get("prompt").asText());
            assertEquals(alone.get("text"), text.get("text"));
            assertEquals(70, text.get("tokens").asInt());
            assertTrue(text.get("slides").asInt() >= 1, "70 tokens outgrow 48 positions");
        }
    }

    @Test
    @DisplayName("says how fast it read and wrote, and predicts its memory exactly")
    void reports() {
        JsonNode result = json("gpt", "--prompt", "Call me Ishmael", "--tokens=20");
        assertEquals("count", result.get("ending").asText());
        assertEquals(15, result.get("prefillTokens").asInt());
        assertEquals(19, result.get("decodeTokens").asInt());
        assertTrue(result.get("prefillTokensPerSecond").asDouble() > 0);
        assertTrue(result.get("decodeTokensPerSecond").asDouble() > 0);
        assertTrue(result.get("predictedPeakDeviceBytes").asLong() > 0);
        assertEquals(result.get("predictedPeakDeviceBytes"), result.get("measuredPeakDeviceBytes"));
    }

    @Test
    @DisplayName("ends before a stop text or a stop token, and when the context is full if asked to")
    void ends() {
        String all = json("gpt", "--prompt", "Call me", "--tokens=60", "--context=40")
                .get("text")
                .asText();
        String stop = all.substring(9, 11);
        JsonNode stopped = json("gpt", "--prompt", "Call me", "--tokens=60", "--context=40", "--stop", stop);
        assertEquals("stop", stopped.get("ending").asText());
        assertEquals(all.substring(0, all.indexOf(stop)), stopped.get("text").asText());

        JsonNode token = json("gpt", "--prompt", "Call me", "--tokens=60", "--temperature=0", "--stop-token=32");
        assertFalse(token.get("text").asText().contains(" "));

        JsonNode full = json("gpt", "--prompt", "Call me", "--tokens=60", "--context=40", "--when-full=stop");
        assertEquals("full", full.get("ending").asText());
        assertEquals(40 - 7 + 1, full.get("tokens").asInt());
        assertEquals(0, full.get("slides").asInt());
    }

    @Test
    @DisplayName("shows the texts with their prompts and, on stderr, that one outgrew the context")
    void shows() {
        Call call = generate("gpt", "--prompt", "One", "--prompt", "Two", "--tokens=50", "--context=20");
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("--- 1 of 2" + System.lineSeparator() + "One"), call.out());
        assertTrue(call.out().contains("--- 2 of 2" + System.lineSeparator() + "Two"), call.out());
        assertTrue(call.err().contains("a text outgrew the context"), call.err());
        assertTrue(call.err().contains("tokens/s"), call.err());
    }

    @ParameterizedTest
    @CsvSource({
        "--top-p=0,JVL-CFG-0056",
        "--stop-token=256,JVL-CFG-0088",
        "--context=49,JVL-API-0042",
        "--prompt=,JVL-CFG-0058",
        "--when-full=never,JVL-CFG-0050",
        "--context=0,JVL-CFG-0050",
        "--stop=,JVL-CFG-0050"
    })
    @DisplayName("refuses settings that cannot work, exit code 2")
    void refuses(String argument, String code) {
        Call call = generate("gpt", argument, "--json");
        assertEquals(2, call.code(), call.err());
        assertEquals(code, call.json().get("error").get("code").asText(), call.err());
    }

    @Test
    @DisplayName("runs elsewhere than in training, and on an accelerator's own options, but with no other model")
    void runsElsewhere() {
        Call planned = generate("gpt", "--accelerator=null");
        assertNotEquals(0, planned.code());
        assertTrue(planned.err().startsWith("JVL-ENG-0001"), planned.err());
        String text = json("gpt", "--tokens=8").get("text").asText();
        assertEquals(
                text,
                json("gpt", "--tokens=8", "--set=accelerator.cpu.kernels=reference")
                        .get("text")
                        .asText());
        Call model = generate("gpt", "--set=model.layers=3");
        assertTrue(model.err().startsWith("JVL-CFG-0098"), model.err());
    }

    @Test
    @DisplayName("refuses a prompt longer than the context if the text is to stop there")
    void refusesALongPrompt() {
        Call call = generate("gpt", "--prompt", "x".repeat(49), "--when-full=stop", "--json");
        assertEquals(2, call.code(), call.err());
        assertEquals("JVL-API-0046", call.json().get("error").get("code").asText());
    }
}
