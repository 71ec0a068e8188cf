package dev.javelin.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The place of a run")
class RunPlaceTest {
    private static final LocalDateTime NOON = LocalDateTime.of(2026, 3, 1, 12, 0, 5);

    @TempDir
    Path folder;

    @Test
    @DisplayName("is a folder of its own under runs by default, named after the model and the time")
    void isFreshByDefault() {
        RunPlace place = RunPlace.starting(null, "gpt", NOON);
        assertEquals(Path.of("runs/gpt-20260301-120005").toAbsolutePath(), place.out());
        assertNull(place.resume());
        assertEquals(folder, RunPlace.starting(folder, "gpt", NOON).out());
    }

    @Test
    @DisplayName("is the run of the checkpoint that is resumed, unless another is asked for")
    void resumesInPlace() {
        Path run = folder.resolve("run");
        RunConfig config = RunConfig.of(List.of(
                Setting.parse("model=gpt:layers=1,width=16,heads=2,block=16"),
                Setting.parse("data.batch=2"),
                Setting.parse("trainer.maxSteps=1")));
        try (RunData text = DataSource.of(config).open()) {
            new EngineTrainer(config.trainerOptions().withOut(run), PluginRegistry.ofModulePath())
                    .fit(config.model().module(), text.train(), null);
        }
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            Path from = run.resolve("checkpoint-1");
            assertEquals(new RunPlace(run, from), RunPlace.resuming(null, checkpoint));
            Path other = folder.resolve("other");
            assertEquals(new RunPlace(other, from), RunPlace.resuming(other, checkpoint));
        }
    }

    @Test
    @DisplayName("must be a folder")
    void refusesFiles() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        JavelinException error = assertThrows(JavelinException.class, () -> RunPlace.starting(file, "gpt", NOON));
        assertEquals("JVL-CFG-0054", error.code());
    }
}
