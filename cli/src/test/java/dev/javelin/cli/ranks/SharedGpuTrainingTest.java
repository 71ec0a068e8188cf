package dev.javelin.cli.ranks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.Ranks;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A training by ddp whose ranks share an emulated GPU; skipped, aloud, where g++ is missing. */
class SharedGpuTrainingTest {
    private static final int NO_COMPILER = 3;

    private static String libraries = "";

    @BeforeAll
    static void build(@TempDir Path folder) throws IOException, InterruptedException {
        Path script = Path.of("..", "accelerator-cuda", "src", "emulator", "build");
        Path output = folder.resolve("build.log");
        int code = new ProcessBuilder(script.toAbsolutePath().normalize().toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        String text = Files.readString(output, StandardCharsets.UTF_8).strip();
        if (code == NO_COMPILER) {
            System.err.println("SKIPPED, because the emulated driver cannot be built here: " + text);
            Assumptions.abort(text);
        }
        assertEquals(0, code, text);
        libraries = text.substring(text.lastIndexOf('\n') + 1);
    }

    private static FitResult fit(int ranks, String strategy) {
        TrainerOptions options = TrainerOptions.standard()
                .withSeed(5)
                .withBatch(6)
                .withAccumulation(2)
                .withMaxSteps(4)
                .withPrecision(Precision.TRUE_64)
                .withSchedule(Schedule.constant(1e-2))
                .withStrategy(Plugin.named(strategy))
                .withAccelerator(Plugin.named("cuda").with("libraryPath", libraries))
                .withRanks(Ranks.of(ranks).withTimeoutSeconds(60));
        return new EngineTrainer(options, PluginRegistry.ofModulePath())
                .fit(
                        ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                                .module(),
                        new Counting(10),
                        null);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void ranksThatShareAGpuLearnWhatOneLearnsInTheMemoryThatWasPlanned(int ranks) {
        FitResult one = fit(1, "single");
        FitResult many = fit(ranks, "ddp");
        assertEquals(4, many.steps());
        assertEquals(one.finalLoss(), many.finalLoss(), 1e-10);
        assertEquals(one.predictedPeakDeviceBytes(), one.measuredPeakDeviceBytes());
        assertEquals(many.predictedPeakDeviceBytes(), many.measuredPeakDeviceBytes());
    }
}
