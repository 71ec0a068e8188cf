package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.LossScaling;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs in each precision: interrupted, gone on with, changed from one to another, and with scaled losses. */
class PrecisionRunsTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    Path folder;

    private static TrainingModule gpt() {
        return ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                .module();
    }

    private static TrainerOptions options(Precision precision) {
        return TrainerOptions.standard()
                .withSeed(5)
                .withPrecision(precision)
                .withBatch(4)
                .withAccumulation(2)
                .withMaxSteps(7)
                .withSchedule(Schedule.cosine(1e-2, 2, 0.1))
                .withAveraging(Averaging.ema(0.9))
                .withCheckpoints(new CheckpointOptions(2, 3, 1));
    }

    /** From a scale that overflows for some steps, so that what is left of the hysteresis matters to a resumed run. */
    private static TrainerOptions overflowing(Precision precision) {
        return options(precision)
                .withTypes(precision
                        .plan()
                        .withScaling(LossScaling.dynamic().withInitialPower(21).withWindow(2)));
    }

    private static FitResult fit(TrainerOptions options) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath())
                .fit(gpt(), Rows.sequences(10), Rows.sequences(5));
    }

    private static void fitUntil(TrainerOptions options, long step) {
        EngineTrainer[] trainer = new EngineTrainer[1];
        trainer[0] = new EngineTrainer(
                options.withCallbacks(List.of(new Callback() {
                    @Override
                    public boolean onStep(StepMetrics metrics) {
                        if (metrics.step() == step) {
                            trainer[0].stop();
                        }
                        return true;
                    }
                })),
                PluginRegistry.ofModulePath());
        trainer[0].fit(gpt(), Rows.sequences(10), Rows.sequences(5));
    }

    private static void requireSameFiles(Path expected, Path actual) throws IOException {
        try (Stream<Path> files = Files.list(expected)) {
            List<Path> tensors = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            assertEquals(4, tensors.size(), "parameters, averages and two slots: " + tensors);
            for (Path file : tensors) {
                assertArrayEquals(
                        Files.readAllBytes(file),
                        Files.readAllBytes(actual.resolve(file.getFileName())),
                        file.toString());
            }
        }
    }

    private static List<JsonNode> steps(Path run) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode row = MAPPER.readTree(line);
            if (row.has("lr")) {
                rows.add(row);
            }
        }
        return rows;
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void interruptedAndResumedIsNeverInterruptedBitForBit(Precision precision) throws IOException {
        boolean scaled = precision.plan().scaling().active();
        TrainerOptions options = scaled ? overflowing(precision) : options(precision);
        FitResult whole = fit(options.withOut(folder.resolve("whole")));
        assertEquals(whole.predictedPeakDeviceBytes(), whole.measuredPeakDeviceBytes());
        for (long stop : new long[] {1, 2, 4}) {
            Path run = folder.resolve("cut-" + stop);
            fitUntil(options.withOut(run), stop);
            FitResult resumed = fit(options.withOut(run).withResume(run));
            assertEquals(whole.finalLoss(), resumed.finalLoss());
            assertEquals(whole.report().skippedSteps(), resumed.report().skippedSteps());
            requireSameFiles(folder.resolve("whole/checkpoint-7"), run.resolve("checkpoint-7"));
        }
        assertEquals(scaled, whole.report().skippedSteps() > 0);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aCheckpointGoesOnInEveryOtherPrecision(Precision precision) {
        Path run = folder.resolve("run");
        fitUntil(options(precision).withOut(run), 3);
        double expected = fit(options(precision).withOut(folder.resolve("same")).withResume(run))
                .finalLoss();
        for (Precision other : Precision.values()) {
            FitResult result =
                    fit(options(other).withOut(folder.resolve(other.name())).withResume(run));
            assertEquals(7, result.steps(), other.label());
            assertEquals(expected, result.finalLoss(), 2e-2 * expected, other.label());
            assertEquals(result.predictedPeakDeviceBytes(), result.measuredPeakDeviceBytes(), other.label());
        }
    }

    @Test
    void skippedStepsAreToldWithTheirScale() throws IOException {
        FitResult result = fit(overflowing(Precision.MIXED_16).withOut(folder.resolve("run")));
        List<JsonNode> steps = steps(folder.resolve("run"));
        assertEquals(7, steps.size(), "a skipped step is a step");
        long skipped = 0;
        double scale = 0x1p21;
        for (JsonNode step : steps) {
            boolean overflow = step.path("skipped").asBoolean();
            skipped += overflow ? 1 : 0;
            assertEquals(skipped, step.path("skippedSteps").asLong());
            assertTrue(step.path("lossScale").asDouble() <= scale * 2);
            assertEquals(overflow, step.path("gradNorm").isNull());
            scale = step.path("lossScale").asDouble();
        }
        assertTrue(skipped >= 2, "skipped " + skipped);
        assertEquals(skipped, result.report().skippedSteps());
        assertEquals(0x1p21, steps.get(0).path("lossScale").asDouble());
        assertEquals(0x1p21, steps.get(1).path("lossScale").asDouble(), "the first overflow only skips");
        assertEquals(0x1p20, steps.get(2).path("lossScale").asDouble());
        JsonNode summary = MAPPER.readTree(Files.readString(folder.resolve("run/summary.json")));
        assertEquals(skipped, summary.path("skippedSteps").asLong());
        fit(options(Precision.BF16_MIXED).withOut(folder.resolve("plain")));
        assertTrue(steps(folder.resolve("plain")).stream().noneMatch(step -> step.has("lossScale")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aScaleThatCannotFallFurtherEndsTheRunAndNamesTheLayer(boolean fixed) {
        LossScaling scaling = fixed
                ? LossScaling.fixed(0x1p40)
                : LossScaling.dynamic().withInitialPower(41).withMinimum(0x1p40);
        TrainerOptions options =
                options(Precision.MIXED_16).withTypes(Precision.MIXED_16.plan().withScaling(scaling));
        JavelinException error = assertThrows(JavelinException.class, () -> fit(options));
        assertEquals("JVL-NUM-0003", error.code());
        assertTrue(error.problem().contains("backward"), error.problem());
        assertTrue(error.problem().contains((fixed ? 1 : 2) + " steps were skipped"), error.problem());
        assertTrue(error.remedy().contains(fixed ? "trainer.lossScale" : "trainer.minLossScale"), error.remedy());
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16_MIXED", "BF16_TRUE", "TRUE_32"})
    void aNumberThatIsNotFiniteEndsARunWithoutScalingAtOnce(Precision precision) {
        TrainerOptions options = options(precision).withSchedule(Schedule.constant(1e30));
        JavelinException error = assertThrows(JavelinException.class, () -> fit(options));
        assertTrue(error.code().equals("JVL-NUM-0001") || error.code().equals("JVL-NUM-0002"), error.code());
    }
}
