package dev.javelin.cli.ranks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.javelin.cli.Javelin;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks as real processes that the command starts. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@DisplayName("--launch processes")
class LaunchTest {
    private static final JsonMapper MAPPER = new JsonMapper();

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
            for (String name : List.of("gpt-tiny.json", "gpt-tiny.safetensors")) {
                try (InputStream in = tck.open("dev/javelin/tck/golden/" + name).orElseThrow()) {
                    Files.copy(in, folder.resolve(name));
                }
            }
        }
        golden = folder.resolve("gpt-tiny.safetensors");
    }

    private JsonNode golden(String... more) throws IOException, InterruptedException {
        Javelin.Ended ended = Javelin.in(folder)
                .run(
                        List.of(
                                "tck",
                                "golden",
                                golden.toString(),
                                "--strategy=ddp",
                                "--ranks=2",
                                "--threads=1",
                                "--json"),
                        List.of(more));
        assertEquals(0, ended.code(), ended.err());
        assertEquals(1, ended.out().lines().count(), ended.out());
        return MAPPER.readTree(ended.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "tcp"})
    @DisplayName("gives the bits of threads")
    void processesGiveTheBitsOfThreads(String communicator) throws IOException, InterruptedException {
        JsonNode processes = golden("--launch=processes", "--communicator=" + communicator);
        assertTrue(processes.get("weightsEqualOnAllRanks").asBoolean());
        assertEquals(golden().get("weightsSha256"), processes.get("weightsSha256"));
    }
}
