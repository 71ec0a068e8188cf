package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("javelin fit and generate with a Llama")
class LlamaCommandTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("trains a Llama, resumes it to the same bits and lets it write, from a config that it printed itself")
    void trainsLlama() throws IOException {
        Call printed = Call.of(
                "fit",
                "--print-config",
                "--model=llama:layers=2,width=32,heads=4,kvHeads=2,ff=48,block=16",
                "--set=model.ropeBase=5000",
                "--set=data.batch=2",
                "--set=trainer.validationBatches=1",
                "--max-steps=4");
        assertEquals(0, printed.code(), printed.err());
        Path config = Files.writeString(folder.resolve("llama.yaml"), printed.out());
        assertTrue(printed.out().contains("family: llama"), printed.out());
        assertTrue(printed.out().contains("ropeBase: 5000.0"), printed.out());
        Call again = Call.of("fit", "--print-config", "--config=" + config);
        assertEquals(printed.out(), again.out());
        Path out = folder.resolve("llama");
        Call whole = Call.of("fit", "--config=" + config, "--set=trainer.checkpointEvery=2", "--out=" + out, "--json");
        assertEquals(0, whole.code(), whole.err());
        assertTrue(whole.json().get("sample").asText().length() > 100, whole.out());
        byte[] weights = Files.readAllBytes(out.resolve("checkpoint-4/model.safetensors"));
        Call resumed = Call.of("fit", "--resume=" + out.resolve("checkpoint-2"), "--overwrite");
        assertEquals(0, resumed.code(), resumed.err());
        assertArrayEquals(weights, Files.readAllBytes(out.resolve("checkpoint-4/model.safetensors")));
        Call written = Call.of("generate", "--checkpoint=" + out, "--prompt=Call", "--tokens=40", "--json");
        assertEquals(0, written.code(), written.err());
        assertEquals(40, written.json().get("tokens").asInt());
    }
}
