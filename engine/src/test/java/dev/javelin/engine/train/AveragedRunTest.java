package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Averaging.Validation;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Weights;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.Numbers;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that keep averages: resumed, turned on and off between, validated and restored. */
class AveragedRunTest {
    private static final String WEIGHT = "head.weight";

    @TempDir
    Path folder;

    private final Path run() {
        return folder.resolve("run");
    }

    private static TrainingModule gpt() {
        return ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                .module();
    }

    private static TrainerOptions options(Averaging averaging) {
        return TrainerOptions.standard()
                .withSeed(5)
                .withBatch(4)
                .withAccumulation(2)
                .withMaxSteps(7)
                .withSchedule(Schedule.constant(1e-2))
                .withAveraging(averaging)
                .withCheckpoints(new CheckpointOptions(1, 9, 0));
    }

    private static FitResult fit(TrainerOptions options) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath())
                .fit(gpt(), Rows.sequences(10), Rows.sequences(5));
    }

    private static FitResult fitUntil(TrainerOptions options, long step) {
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
        return trainer[0].fit(gpt(), Rows.sequences(10), Rows.sequences(5));
    }

    private double[] stored(Path run, long step, String kind) {
        try (Checkpoint checkpoint = Checkpoint.open(run.resolve("checkpoint-" + step));
                Arena arena = Arena.ofShared()) {
            TensorType type = checkpoint.tensors(kind).get(WEIGHT);
            MemorySegment memory = arena.allocate(type.bytes(), 64);
            checkpoint.read(WEIGHT, kind, 0, type.elements(), type.dtype(), memory);
            double[] values = new double[(int) type.elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = Numbers.get(memory, type.dtype(), i);
            }
            return values;
        }
    }

    private static void requireSameCheckpoint(Path expected, Path actual) throws IOException {
        try (Stream<Path> files = Files.list(expected)) {
            for (Path file : files.toList()) {
                assertArrayEquals(
                        Files.readAllBytes(file),
                        Files.readAllBytes(actual.resolve(file.getFileName())),
                        file.getFileName().toString());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void stoppedAfterAnyStepAndResumedIsNeverInterruptedBitForBit(long stop) throws IOException {
        for (Averaging averaging :
                List.of(Averaging.ema(0.9), Averaging.swa(3).withEvery(2).withValidation(Validation.BOTH))) {
            Path whole = folder.resolve("whole-" + averaging.kind());
            Path part = folder.resolve("part-" + averaging.kind());
            FitResult once = fit(options(averaging).withOut(whole));
            fitUntil(options(averaging).withOut(part), stop);
            FitResult twice = fit(options(averaging).withOut(part).withResume(part));
            requireSameCheckpoint(whole.resolve("checkpoint-7"), part.resolve("checkpoint-7"));
            assertEquals(once.validationLoss(), twice.validationLoss());
            assertNotEquals(stored(whole, 7, "param")[0], stored(whole, 7, "average")[0]);
        }
    }

    @Test
    void theWeightsAreThoseOfARunWithoutAverage() {
        fit(options(Averaging.ema(0.9)).withOut(run()));
        Path plain = folder.resolve("plain");
        fit(options(Averaging.none()).withOut(plain));
        assertArrayEquals(stored(plain, 7, "param"), stored(run(), 7, "param"));
    }

    @Test
    void anExponentialAverageTurnedOnAtAResumeBeginsAtTheWeightsThatAreThere() {
        fitUntil(options(Averaging.none()).withOut(run()), 4);
        fit(options(Averaging.ema(0.75).withWarmup(false)).withOut(run()).withResume(run()));
        double[] average = stored(run(), 4, "param");
        for (long step = 5; step <= 7; step++) {
            double[] weights = stored(run(), step, "param");
            for (int i = 0; i < average.length; i++) {
                average[i] = 0.75 * average[i] + 0.25 * weights[i];
            }
        }
        assertArrayEquals(average, stored(run(), 7, "average"), 1e-7);
    }

    @Test
    void aMeanThatShouldHaveBegunBeforeIsRefusedAndALaterOneIsNot() {
        fitUntil(options(Averaging.none()).withOut(run()), 4);
        for (Averaging late : List.of(Averaging.swa(3), Averaging.swa(4))) {
            JavelinException error = assertThrows(
                    JavelinException.class,
                    () -> fit(options(late).withOut(run()).withResume(run())));
            assertEquals("JVL-CKP-0032", error.code());
            assertTrue(error.remedy().contains("trainer.averageStart to 5"), error.remedy());
        }
        fit(options(Averaging.swa(5)).withOut(run()).withResume(run()));
        double[] mean = new double[stored(run(), 7, "param").length];
        for (long step = 5; step <= 7; step++) {
            double[] weights = stored(run(), step, "param");
            for (int i = 0; i < mean.length; i++) {
                mean[i] += weights[i] / 3;
            }
        }
        assertArrayEquals(mean, stored(run(), 7, "average"), 1e-7);
    }

    @Test
    void aMeanOverOtherStepsIsRefusedOnceItHasBegun() {
        fitUntil(options(Averaging.swa(3)).withOut(run()), 4);
        TrainerOptions other =
                options(Averaging.swa(3).withEvery(2)).withOut(run()).withResume(run());
        assertEquals(
                "JVL-CKP-0032",
                assertThrows(JavelinException.class, () -> fit(other)).code());
    }

    @Test
    void anAverageThatIsTurnedOffIsDropped() throws IOException {
        fitUntil(options(Averaging.ema(0.9)).withOut(run()), 4);
        fit(options(Averaging.none()).withOut(run()).withResume(run()));
        Path plain = folder.resolve("plain");
        fit(options(Averaging.none()).withOut(plain));
        requireSameCheckpoint(plain.resolve("checkpoint-7"), run().resolve("checkpoint-7"));
    }

    @Test
    void bothLossesAreReportedIfBothAreAskedFor() {
        List<ValidationMetrics> seen = new ArrayList<>();
        for (Validation choice : Validation.values()) {
            fit(options(Averaging.ema(0.9).withValidation(choice))
                    .withPrecision(Precision.TRUE_64)
                    .withCallbacks(List.of(new Callback() {
                        @Override
                        public void onValidation(ValidationMetrics metrics) {
                            seen.add(metrics);
                        }
                    })));
        }
        ValidationMetrics average = seen.get(Validation.AVERAGE.ordinal());
        ValidationMetrics last = seen.get(Validation.LAST.ordinal());
        ValidationMetrics both = seen.get(Validation.BOTH.ordinal());
        assertNotEquals(average.loss(), last.loss());
        assertEquals(average.loss(), both.loss());
        assertEquals(Map.of(), average.logged());
        assertEquals(Map.of(Averaging.LAST_LOSS, last.loss()), both.logged());
    }

    @Test
    void aCheckpointGivesItsAverageUnlessItsLastWeightsAreAskedFor() {
        fit(options(Averaging.ema(0.9)).withOut(run()));
        Path plain = folder.resolve("plain");
        fit(options(Averaging.none()).withOut(plain));
        CompileOptions compile =
                CompileOptions.training(DType.FLOAT32, Fixtures.tokens(1, 6), ParameterGroup.all(new Sgd(0, 0, false)));
        try (Run session = Run.open(gpt(), compile);
                Checkpoint checkpoint = Checkpoint.open(run());
                Checkpoint without = Checkpoint.open(plain)) {
            Restoring.parameters(checkpoint, session.session());
            assertArrayEquals(stored(run(), 7, "average"), session.parameter(WEIGHT));
            Restoring.parameters(checkpoint, session.session(), Weights.LAST);
            assertArrayEquals(stored(run(), 7, "param"), session.parameter(WEIGHT));
            Restoring.parameters(without, session.session());
            assertArrayEquals(stored(plain, 7, "param"), session.parameter(WEIGHT));
            assertEquals(
                    "JVL-CKP-0031",
                    assertThrows(JavelinException.class, () -> Restoring.weights(without, Weights.AVERAGE))
                            .code());
            assertFalse(without.kinds().contains("average"));
        }
    }
}
