package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("javelin generate, of a run with averages")
class AveragedWeightsTest {
    @TempDir
    Path folder;

    private Path fit(String name, String... settings) {
        Path run = folder.resolve(name);
        List<String> words = new ArrayList<>(List.of(
                "fit",
                "--model",
                "gpt:layers=1,width=16,heads=2,block=16",
                "--max-steps",
                "30",
                "--out",
                run.toString(),
                "--set",
                "optimizer.learningRate=0.02",
                "--json"));
        for (String setting : settings) {
            words.add("--set");
            words.add(setting);
        }
        assertEquals(0, Call.of(words.toArray(String[]::new)).code());
        return run;
    }

    private static JsonNode write(Path run, String... more) {
        List<String> words = new ArrayList<>(
                List.of("generate", "--checkpoint", run.toString(), "--tokens", "60", "--temperature", "1", "--json"));
        words.addAll(List.of(more));
        return Call.of(words.toArray(String[]::new)).json();
    }

    @Test
    @DisplayName("takes the average, the last weights if asked, and refuses an average that is not there")
    void chooses() {
        Path averaged = fit("averaged", "trainer.average=ema", "trainer.averageDecay=0.95");
        Path plain = fit("plain");
        JsonNode standard = write(averaged);
        assertEquals("average", standard.get("weights").asText());
        assertEquals(
                standard.get("text").asText(),
                write(averaged, "--weights", "average").get("text").asText());
        JsonNode last = write(averaged, "--weights", "last");
        assertEquals("last", last.get("weights").asText());
        assertNotEquals(standard.get("text").asText(), last.get("text").asText());
        assertEquals(write(plain).get("text").asText(), last.get("text").asText(), "averaging changes no weight");
        JsonNode refused = write(plain, "--weights", "average");
        assertEquals("JVL-CKP-0031", refused.get("error").get("code").asText());
    }
}
