package dev.javelin.cli.ranks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.LossScaling;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.api.trainer.Ranks;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Two ranks under ddp in each precision: learning, memory, resuming, and another precision afterwards. */
class PrecisionRanksTest {
    @TempDir
    Path folder;

    private static TrainingModule gpt() {
        return ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                .module();
    }

    private static TrainerOptions options(Precision precision) {
        PrecisionPlan plan = precision.plan();
        LossScaling overflowing = LossScaling.dynamic().withInitialPower(21).withWindow(2);
        return TrainerOptions.standard()
                .withSeed(5)
                .withPrecision(precision)
                .withTypes(plan.scaling().active() ? plan.withScaling(overflowing) : plan)
                .withBatch(6)
                .withAccumulation(2)
                .withMaxSteps(7)
                .withSchedule(Schedule.constant(1e-2))
                .withCheckpoints(new CheckpointOptions(2, 3, 1))
                .withStrategy(Plugin.named("ddp"))
                .withAccelerator(Plugin.named("cpu").with("threads", "2"))
                .withRanks(Ranks.of(2).withTimeoutSeconds(60));
    }

    private static FitResult fit(TrainerOptions options) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath()).fit(gpt(), new Counting(10), new Counting(5));
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
        trainer[0].fit(gpt(), new Counting(10), new Counting(5));
    }

    private static void requireSame(Path expected, Path actual) throws IOException {
        try (Stream<Path> files = Files.list(expected)) {
            List<Path> tensors = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            assertTrue(tensors.size() >= 3, "parameters and two slots: " + tensors);
            for (Path file : tensors) {
                assertArrayEquals(
                        Files.readAllBytes(file),
                        Files.readAllBytes(actual.resolve(file.getFileName())),
                        file.toString());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void twoRanksTrainResumeBitForBitAndGoOnInAnotherPrecision(Precision precision) throws IOException {
        FitResult whole = fit(options(precision).withOut(folder.resolve("whole")));
        assertEquals(whole.predictedPeakDeviceBytes(), whole.measuredPeakDeviceBytes());
        assertEquals(
                precision.plan().scaling().active(),
                whole.report().skippedSteps() > 0,
                "steps that overflow are skipped");
        Path cut = folder.resolve("cut");
        fitUntil(options(precision).withOut(cut), 3);
        FitResult resumed = fit(options(precision).withOut(cut).withResume(cut));
        assertEquals(whole.finalLoss(), resumed.finalLoss());
        requireSame(folder.resolve("whole/checkpoint-7"), cut.resolve("checkpoint-7"));
        Precision other = precision == Precision.TRUE_32 ? Precision.BF16_MIXED : Precision.TRUE_32;
        FitResult changed = fit(
                options(other).withMaxSteps(9).withOut(folder.resolve("other")).withResume(folder.resolve("whole")));
        assertEquals(9, changed.steps());
    }

    @ParameterizedTest
    @CsvSource({"compression,bf16", "compression,fp16", "powerSgdRank,1"})
    void aFragmentInPlaceOfSumsExcludesATypeForSums(String option, String value) {
        TrainerOptions options =
                options(Precision.BF16_MIXED).withStrategy(Plugin.named("ddp").with(option, value));
        assertEquals(7, fit(options).steps());
        JavelinException refused = assertThrows(
                JavelinException.class,
                () -> fit(options.withTypes(Precision.BF16_MIXED.plan().withReduce(DType.BFLOAT16))));
        assertTrue(refused.getMessage().contains("JVL-ENG-0007"), refused.getMessage());
    }

    /** All ranks end with the same words, which name the layer. */
    @Test
    void aScaleThatCannotFallFurtherEndsAllRanks() {
        TrainerOptions options =
                options(Precision.MIXED_16).withTypes(Precision.MIXED_16.plan().withScaling(LossScaling.fixed(0x1p40)));
        JavelinException error = assertThrows(JavelinException.class, () -> fit(options));
        assertTrue(error.getMessage().contains("JVL-NUM-0003"), error.getMessage());
        assertTrue(error.getMessage().contains("on rank "), error.getMessage());
    }
}
