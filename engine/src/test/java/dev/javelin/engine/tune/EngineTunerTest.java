package dev.javelin.engine.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.Profiling;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.tuning.BatchFindings;
import dev.javelin.api.tuning.BatchFindings.Candidate;
import dev.javelin.api.tuning.BatchSearch;
import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateSearch;
import dev.javelin.api.tuning.Tuner;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTunerTest {
    @TempDir
    Path folder;

    private static TrainingModule gpt() {
        return ModelSpec.parse("gpt:layers=2,width=16,heads=2,vocab=11,block=6").module();
    }

    /** Tokens with something to learn in them. */
    private static Dataset rows(long count) {
        return new Dataset() {
            @Override
            public List<Field> fields() {
                TensorType row = TensorType.of(DType.INT32, 6);
                return List.of(new Field("tokens", row, 0), new Field("targets", row, -1));
            }

            @Override
            public long rows() {
                return count;
            }

            @Override
            public void read(long row, Field field, MemorySegment destination) {
                int shift = field.name().equals("targets") ? 1 : 0;
                for (int i = 0; i < 6; i++) {
                    Numbers.set(destination, DType.INT32, i, (row * 7 + (i + shift) * 3) % 11);
                }
            }
        };
    }

    private static TrainerOptions options() {
        return TrainerOptions.standard().withSeed(5).withBatch(8);
    }

    private static Tuner tuner(TrainerOptions options) {
        return new EngineTuner(options, PluginRegistry.ofModulePath());
    }

    // Learning rates ------------------------------------------------------------------------------------------------

    @Test
    void aGptGetsARateAtWhichItLearnsAndTheStepsAreThoseOfTheRange() {
        List<Double> rates = new ArrayList<>();
        RateFindings findings = tuner(options().withCallbacks(List.of(new Callback() {
                    @Override
                    public boolean onStep(StepMetrics metrics) {
                        rates.add(metrics.learningRate());
                        return true;
                    }
                })))
                .learningRate(gpt(), rows(40), RateSearch.standard());
        for (int i = 0; i < rates.size(); i++) {
            assertEquals(1e-7 * Math.pow(10, 7.0 * i / 99), rates.get(i), 1e-9 * rates.get(i), "rate " + i);
            assertEquals(rates.get(i), findings.points().get(i).rate());
        }
        assertEquals(rates.size(), findings.points().size());
        double suggestion = findings.suggestion().orElseThrow();
        assertTrue(suggestion > 1e-4 && suggestion < 0.3, "suggested " + suggestion);
    }

    @Test
    void aJobThatWouldStopEarlyIsTestedToTheEnd() {
        TrainerOptions stopping = options().withValidateEvery(1).withEarlyStopping(EarlyStopping.after(1));
        RateFindings findings = tuner(stopping)
                .learningRate(gpt(), rows(40), RateSearch.standard().withSteps(8));
        assertEquals(8, findings.points().size());
    }

    @Test
    void aJobThatWouldBeTriedOrProfiledIsTestedToTheEnd() {
        TrainerOptions tried = options().withFastDevRun(2);
        TrainerOptions profiled = options().withProfiling(Profiling.parse("900-901"));
        for (TrainerOptions each : List.of(tried, profiled)) {
            RateFindings findings = tuner(each)
                    .learningRate(gpt(), rows(40), RateSearch.standard().withSteps(8));
            assertEquals(8, findings.points().size());
            assertEquals(RateFindings.End.RANGE, findings.ended());
        }
    }

    @Test
    void aRunInWhoseFolderOneLooksStaysAsItIs() throws IOException {
        TrainerOptions options =
                options().withMaxSteps(3).withOut(folder).withCheckpoints(new CheckpointOptions(0, 1, 0));
        new EngineTrainer(options, PluginRegistry.ofModulePath()).fit(gpt(), rows(40), null);
        List<String> before = contents();
        RateFindings findings = tuner(options.withResume(folder).withAveraging(Averaging.ema(0.9)))
                .learningRate(gpt(), rows(40), RateSearch.standard().withSteps(8));
        assertEquals(8, findings.points().size());
        assertEquals(1e-7, findings.points().getFirst().rate());
        assertEquals(before, contents());
    }

    private List<String> contents() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<String> contents = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                contents.add(file + " " + java.util.Arrays.hashCode(Files.readAllBytes(file)));
            }
            return contents;
        }
    }

    /** loss = a² for SGD: behind rate 1 it grows without bound. */
    private static TrainingModule square() {
        return Sketch.of((self, step) ->
                        Sketch.total(self.value("a", step).square().sum().multiply(1e15)))
                .with("a", Shape.of(3));
    }

    private static TrainerOptions wild() {
        return options()
                .withBatch(1)
                .withClipping(Clipping.none())
                .withOptimizer(ParameterGroup.all(new Sgd(0, 0, false)));
    }

    @Test
    void aLossThatGrowsTooFarEndsTheTest() {
        RateFindings findings = tuner(wild())
                .learningRate(
                        square(),
                        rows(4),
                        RateSearch.standard().withRange(1e-20, 1).withSmoothing(0));
        assertEquals(RateFindings.End.DIVERGED, findings.ended());
        assertTrue(findings.points().size() < 100);
        double suggestion = findings.suggestion().orElseThrow();
        assertTrue(suggestion < 1e-15, "below the rate at which it breaks down: " + suggestion);
    }

    @Test
    void aNumberThatIsNotFiniteEndsTheTestAndKeepsWhatWasSeen() {
        RateFindings findings = tuner(wild())
                .learningRate(
                        square(),
                        rows(4),
                        RateSearch.standard().withRange(1e-20, 1e30).withDivergence(0));
        assertEquals(RateFindings.End.NOT_FINITE, findings.ended());
        assertTrue(findings.points().size() > 10 && findings.points().size() < 100);
    }

    @Test
    void aLossThatIsNotFiniteFromTheStartIsTheModelsFault() {
        TrainingModule broken = Sketch.of(
                        (self, step) -> Sketch.total(self.value("a", step).sum().multiply(Double.NaN)))
                .with("a", Shape.of(3));
        JavelinException error = assertThrows(
                JavelinException.class, () -> tuner(wild()).learningRate(broken, rows(4), RateSearch.standard()));
        assertEquals("JVL-TUN-0001", error.code());
    }

    @Test
    void aCallbackMayStopTheTest() {
        RateFindings findings = tuner(options().withCallbacks(List.of(new Callback() {
                    @Override
                    public boolean onStep(StepMetrics metrics) {
                        return metrics.step() < 12;
                    }
                })))
                .learningRate(gpt(), rows(40), RateSearch.standard());
        assertEquals(RateFindings.End.STOPPED, findings.ended());
        assertEquals(12, findings.points().size());
    }

    @Test
    void rangesThatMakeNoSenseAreRefused() {
        RateSearch standard = RateSearch.standard();
        for (Runnable wrong : List.<Runnable>of(
                () -> standard.withRange(1, 1e-3),
                () -> standard.withRange(0, 1),
                () -> standard.withRange(1e-3, Double.POSITIVE_INFINITY),
                () -> standard.withSteps(4),
                () -> standard.withSmoothing(1),
                () -> standard.withDivergence(0.5),
                () -> standard.withSkip(98))) {
            assertEquals(
                    "JVL-CFG-0014",
                    assertThrows(JavelinException.class, wrong::run).code());
        }
    }

    @Test
    void theServiceLoaderFindsTheEnginesTuner() {
        assertInstanceOf(EngineTuner.class, Tuner.of(options()));
    }

    // Batches -------------------------------------------------------------------------------------------------------

    private static BatchFindings batch(TrainerOptions options, BatchSearch search) {
        List<Dataset.Field> fields = rows(1).fields();
        return tuner(options).batch(gpt(), fields, fields, search);
    }

    private static long peak(TrainerOptions options) {
        return batch(options, BatchSearch.within(Long.MAX_VALUE - 1).withGlobalBatch(options.batch()))
                .best()
                .peakBytes();
    }

    @ParameterizedTest
    @CsvSource({"POWER_OF_TWO,300000", "EXACT,300000", "EXACT,1234567", "POWER_OF_TWO,1234567"})
    void theBatchFoundFitsWhatIsPredictedIsMeasuredAndTheNextOneDoesNotFit(BatchSearch.Form form, long limit) {
        BatchFindings findings = batch(options(), BatchSearch.within(limit).withForm(form));
        Candidate best = findings.best();
        assertTrue(findings.limited());
        assertTrue(best.fits() && best.peakBytes() <= limit);
        long next = form == BatchSearch.Form.EXACT ? best.batch() + 1 : 2 * best.batch();
        assertTrue(findings.candidates().stream().anyMatch(one -> one.batch() == next && !one.fits()));
        FitResult result = new EngineTrainer(
                        options().withBatch(best.batch()).withMaxSteps(2), PluginRegistry.ofModulePath())
                .fit(gpt(), rows(40), rows(7));
        assertEquals(best.peakBytes(), result.predictedPeakDeviceBytes());
        assertEquals(best.peakBytes(), result.measuredPeakDeviceBytes());
    }

    @Test
    void theDevicesOwnLimitCountsIfNoneIsGiven() {
        Plugin cpu = Plugin.named("cpu").with("memoryBytes", "300000");
        BatchFindings device = batch(options().withAccelerator(cpu), BatchSearch.standard());
        assertEquals(300_000, device.limitBytes());
        assertEquals(batch(options(), BatchSearch.within(300_000)).best(), device.best());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void microBatchesOfTheOptionsAreKept(int accumulation) {
        BatchFindings findings = batch(
                options().withBatch(12).withAccumulation(accumulation),
                BatchSearch.within(400_000).withForm(BatchSearch.Form.EXACT));
        Candidate best = findings.best();
        assertEquals(accumulation, best.accumulation());
        assertEquals(best.rows() * accumulation, best.batch());
        long most =
                options().withBatch(best.batch()).withAccumulation(accumulation).microBatch();
        assertEquals(best.rows(), most);
    }

    @Test
    void aGivenBatchIsReachedByTheFewestMicroBatchesThatFit() {
        long whole = peak(options().withBatch(60));
        BatchFindings fits = batch(options(), BatchSearch.within(whole).withGlobalBatch(60));
        assertEquals(1, fits.best().accumulation());
        assertEquals(1, fits.candidates().size());
        BatchFindings divided = batch(options(), BatchSearch.within(whole / 3).withGlobalBatch(60));
        Candidate best = divided.best();
        assertEquals(60, best.batch());
        assertEquals(0, 60 % best.accumulation());
        assertTrue(best.fits());
        List<Integer> fewer = List.of(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60).stream()
                .filter(count -> count < best.accumulation())
                .toList();
        for (int count : fewer) {
            assertTrue(predicted(60, count) > whole / 3, count + " micro-batches fit too: " + predicted(60, count));
        }
        FitResult result = new EngineTrainer(
                        options()
                                .withBatch(60)
                                .withAccumulation(best.accumulation())
                                .withMaxSteps(2),
                        PluginRegistry.ofModulePath())
                .fit(gpt(), rows(70), rows(7));
        assertEquals(best.peakBytes(), result.measuredPeakDeviceBytes());
    }

    /** What the trainer itself would say. */
    private static long predicted(long batch, int accumulation) {
        return new EngineTrainer(
                        options()
                                .withBatch(batch)
                                .withAccumulation(accumulation)
                                .withMaxSteps(1),
                        PluginRegistry.ofModulePath())
                .fit(gpt(), rows(70), rows(7))
                .predictedPeakDeviceBytes();
    }

    @Test
    void anImaginedDeviceMayBeAskedForAndAveragesAreCounted() {
        TrainerOptions imagined = options().withAccelerator(Plugin.named("null").with("memoryBytes", "1000000"));
        Candidate plain = batch(imagined, BatchSearch.standard().withForm(BatchSearch.Form.EXACT))
                .best();
        Candidate averaged = batch(
                        imagined.withAveraging(Averaging.ema(0.9)),
                        BatchSearch.standard().withForm(BatchSearch.Form.EXACT))
                .best();
        assertTrue(averaged.batch() < plain.batch(), averaged + " and " + plain);
    }

    @Test
    void theSearchEndsAtTheMostRows() {
        BatchFindings findings = batch(
                options(),
                BatchSearch.within(Long.MAX_VALUE - 1).withMostRows(13).withForm(BatchSearch.Form.EXACT));
        assertFalse(findings.limited());
        assertEquals(13, findings.best().batch());
        assertArrayEquals(
                new long[] {1, 2, 4, 8, 11, 12, 13},
                findings.candidates().stream().mapToLong(Candidate::batch).toArray());
    }

    @Test
    void memoryWithoutALimitAndABatchThatCannotFitAreRefused() {
        JavelinException unlimited = assertThrows(
                JavelinException.class,
                () -> batch(options().withAccelerator(Plugin.named("null")), BatchSearch.standard()));
        assertEquals("JVL-TUN-0002", unlimited.code());
        assertTrue(unlimited.remedy().contains("accelerator.null.memoryBytes"));
        for (long batch : new long[] {0, 12}) {
            JavelinException small = assertThrows(
                    JavelinException.class,
                    () -> batch(options(), BatchSearch.within(1000).withGlobalBatch(batch)));
            assertEquals("JVL-TUN-0003", small.code());
        }
        assertEquals(
                "JVL-CFG-0015",
                assertThrows(JavelinException.class, () -> BatchSearch.within(-1))
                        .code());
    }
}
