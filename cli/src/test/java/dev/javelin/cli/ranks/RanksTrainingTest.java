package dev.javelin.cli.ranks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.Profiling;
import dev.javelin.api.trainer.Ranks;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.engine.world.RankFailure;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The trainer with several ranks as threads, by its API: what users of one rank rely on holds for several. */
class RanksTrainingTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    Path folder;

    private Path run(String name) {
        return folder.resolve(name);
    }

    private static TrainingModule gpt() {
        return ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                .module();
    }

    /** Micro-batches of three rows, which two and four ranks share unevenly. */
    private static TrainerOptions options(int ranks) {
        return TrainerOptions.standard()
                .withSeed(5)
                .withBatch(6)
                .withAccumulation(2)
                .withMaxSteps(7)
                .withPrecision(Precision.TRUE_64)
                .withValidateEvery(3)
                .withSchedule(Schedule.constant(1e-2))
                .withCheckpoints(new CheckpointOptions(2, 3, 1))
                .withStrategy(Plugin.named("ddp"))
                .withAccelerator(Plugin.named("cpu").with("threads", "2"))
                .withRanks(Ranks.of(ranks).withTimeoutSeconds(30));
    }

    private static FitResult fit(TrainerOptions options, Dataset train) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath()).fit(gpt(), train, new Counting(5));
    }

    @Test
    void aFastDevRunOfSeveralRanksReadsItsCheckpointOnAllOfThemAndLeavesNothing() throws IOException {
        FitResult result = fit(options(2).withFastDevRun(2).withOut(run("trial")), new Counting(10));
        assertEquals(2, result.steps());
        assertTrue(result.validationLoss().isPresent());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void allRanksStopEarlyTogether() throws IOException {
        FitResult result = fit(
                options(2)
                        .withMaxSteps(40)
                        .withValidateEvery(2)
                        .withEarlyStopping(EarlyStopping.after(2).withMinDelta(100))
                        .withOut(run("early")),
                new Counting(10));
        assertEquals(RunReport.Ending.EARLY_STOPPING, result.report().ending());
        assertEquals(6, result.steps(), "the validations after steps 4 and 6 are no better by 100");
        FitResult again = fit(
                options(2)
                        .withMaxSteps(40)
                        .withValidateEvery(2)
                        .withEarlyStopping(EarlyStopping.after(2).withMinDelta(100))
                        .withOut(run("early"))
                        .withResume(run("early")),
                new Counting(10));
        assertEquals(6, again.steps(), "a run that stopped early has nothing to go on with");
    }

    private static List<JsonNode> metrics(Path run) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            rows.add(MAPPER.readTree(line));
        }
        return rows;
    }

    private static void requireSameWeights(Path expected, Path actual) throws IOException {
        Path checkpoint = expected.resolve("checkpoint-7");
        try (Stream<Path> files = Files.list(checkpoint)) {
            List<Path> tensors = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            assertTrue(tensors.size() >= 3, "parameters and two slots: " + tensors);
            for (Path file : tensors) {
                assertArrayEquals(
                        Files.readAllBytes(file),
                        Files.readAllBytes(actual.resolve("checkpoint-7").resolve(checkpoint.relativize(file))),
                        file.toString());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2,local", "3,local", "2,tcp", "4,tcp"})
    void severalRanksLearnWhatOneLearns(int ranks, String communicator) throws IOException {
        FitResult one = fit(options(1).withOut(run("one")), new Counting(10));
        Ranks several = Ranks.of(ranks).withCommunicator(Plugin.named(communicator));
        FitResult many = fit(options(1).withRanks(several).withOut(run("many")), new Counting(10));
        assertEquals(one.finalLoss(), many.finalLoss(), 1e-10);
        assertEquals(one.validationLoss().getAsDouble(), many.validationLoss().getAsDouble(), 1e-10);
        assertEquals(many.predictedPeakDeviceBytes(), many.measuredPeakDeviceBytes());
        List<JsonNode> expected = metrics(run("one"));
        List<JsonNode> actual = metrics(run("many"));
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).path("step"), actual.get(i).path("step"));
            assertEquals(
                    expected.get(i).path("loss").asDouble(),
                    actual.get(i).path("loss").asDouble(),
                    1e-10);
        }
        assertTrue(actual.getFirst().path("communication").path("sentBytes").asLong() > 0);
    }

    @Test
    void allCommunicatorsAndQueuesGiveTheSameBits() throws IOException {
        fit(options(3).withOut(run("local")), new Counting(10));
        fit(
                options(3)
                        .withRanks(Ranks.of(3).withCommunicator(Plugin.named("tcp")))
                        .withOut(run("tcp")),
                new Counting(10));
        fit(
                options(3)
                        .withAccelerator(Plugin.named("cpu").with("threads", "1"))
                        .withOut(run("inline")),
                new Counting(10));
        requireSameWeights(run("local"), run("tcp"));
        requireSameWeights(run("local"), run("inline"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void theRanksTogetherReadEveryRowOnceAnEpoch(int ranks) {
        Counting data = new Counting(14);
        fit(options(ranks), data);
        List<Long> probes = List.of(0L, 7L, 13L); // read by each rank to recognise the data
        for (long row = 0; row < 14; row++) {
            long wanted = row;
            long times = data.read.stream().filter(read -> read == wanted).count();
            if (!probes.contains(row)) {
                assertEquals(3, times, "row " + row + " in the three epochs of 7 steps of 6 rows");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 6})
    void stoppedAndResumedIsNeverInterruptedBitForBit(long stop) throws IOException {
        fit(options(2).withOut(run("whole")), new Counting(10));
        EngineTrainer[] trainer = new EngineTrainer[1];
        trainer[0] = new EngineTrainer(
                options(2).withOut(run("cut")).withCallbacks(List.of(new Callback() {
                    @Override
                    public boolean onStep(StepMetrics metrics) {
                        if (metrics.step() == stop) {
                            trainer[0].stop();
                        }
                        return true;
                    }
                })),
                PluginRegistry.ofModulePath());
        FitResult cut = trainer[0].fit(gpt(), new Counting(10), new Counting(5));
        assertTrue(cut.interrupted());
        assertEquals(stop, cut.steps(), "all ranks stop with the step in which the first of them was told to");
        fit(options(2).withOut(run("cut")).withResume(run("cut")), new Counting(10));
        requireSameWeights(run("whole"), run("cut"));
    }

    @Test
    void aRunGoesOnWithAnotherNumberOfRanks() {
        fit(options(3).withMaxSteps(4).withOut(run("a")), new Counting(10));
        FitResult result = fit(options(2).withOut(run("a")).withResume(run("a")), new Counting(10));
        FitResult whole = fit(options(1), new Counting(10));
        assertEquals(whole.finalLoss(), result.finalLoss(), 1e-10);
    }

    @Test
    void aCallbackEndsTheRunOfAllRanksWithItsStep() {
        FitResult result = fit(
                options(2).withCallbacks(List.of(new Callback() {
                    @Override
                    public boolean onStep(StepMetrics metrics) {
                        return metrics.step() < 3;
                    }
                })),
                new Counting(10));
        assertEquals(3, result.steps());
        assertFalse(result.interrupted());
    }

    /** Fails once, at the so manieth read. */
    private static Dataset failingOnce(AtomicInteger reads, int at) {
        Counting rows = new Counting(10);
        return new Dataset() {
            @Override
            public List<Field> fields() {
                return rows.fields();
            }

            @Override
            public long rows() {
                return rows.rows();
            }

            @Override
            public void read(long row, Field field, MemorySegment destination) {
                if (reads.incrementAndGet() == at) {
                    throw new IllegalStateException("the disk is gone");
                }
                rows.read(row, field, destination);
            }
        };
    }

    @Test
    void aRankThatFailsIsNamedAndTheOthersStop() throws IOException {
        RankFailure failure = assertThrows(
                RankFailure.class, () -> fit(options(3).withOut(run("failed")), failingOnce(new AtomicInteger(), 60)));
        assertTrue(failure.getMessage().contains("the disk is gone"), failure.getMessage());
        assertTrue(failure.rank() >= 0 && failure.getMessage().contains("rank " + failure.rank()));
        try (Stream<Path> files = Files.list(run("failed"))) {
            assertTrue(files.noneMatch(file -> file.getFileName().toString().contains("partial")));
        }
    }

    @Test
    void aRunWhoseRankFailedStartsAgainFromItsLastCheckpointIfItMay() throws IOException {
        fit(options(2).withOut(run("whole")), new Counting(10));
        List<String> printed = new ArrayList<>();
        TrainerOptions options = options(2)
                .withRanks(Ranks.of(2).withMaxRestarts(1))
                .withProfiling(Profiling.parse("1-1")) // done before the checkpoint
                .withOut(run("again"))
                .withCallbacks(List.of(new Callback() {
                    @Override
                    public void onPrint(String text) {
                        printed.add(text);
                    }
                }));
        FitResult result = fit(options, failingOnce(new AtomicInteger(), 60));
        assertEquals(7, result.steps());
        assertEquals(1, printed.size(), printed.toString());
        requireSameWeights(run("whole"), run("again"));
        assertTrue(Files.exists(run("again").resolve("profile/profile.json")));
    }

    @Test
    void aNumberThatIsNotFiniteIsTheRunsOwnErrorAndNoRanksFailure() {
        TrainerOptions options =
                options(2).withSchedule(Schedule.constant(1e300)).withClipping(dev.javelin.api.trainer.Clipping.none());
        JavelinException error = assertThrows(JavelinException.class, () -> fit(options, new Counting(10)));
        assertEquals("JVL-NUM-0001", error.code(), error.getMessage());
        assertTrue(error.getMessage().contains("on rank "), error.getMessage());
    }

    @Test
    void aRestartBeforeTheFirstCheckpointGoesOnFromWhereTheRunDid() throws IOException {
        fit(options(2).withMaxSteps(4).withOut(run("first")), new Counting(10));
        fit(options(2).withResume(run("first")).withOut(run("whole")), new Counting(10));
        TrainerOptions again = options(2)
                .withRanks(Ranks.of(2).withMaxRestarts(1))
                .withResume(run("first"))
                .withOut(run("again"));
        FitResult result = fit(again, failingOnce(new AtomicInteger(), 20));
        assertEquals(7, result.steps());
        requireSameWeights(run("whole"), run("again"));
    }

    @Test
    void whatTcpSendsIsWhatTheClosedFormSays() throws IOException {
        Ranks tcp = Ranks.of(3).withCommunicator(Plugin.named("tcp"));
        fit(options(3).withRanks(tcp).withOut(run("tcp")), new Counting(10));
        fit(options(3).withOut(run("local")), new Counting(10));
        JsonNode counted = metrics(run("tcp")).getFirst().path("communication");
        JsonNode formula = metrics(run("local")).getFirst().path("communication");
        assertTrue(counted.path("sentBytes").asLong() > 0);
        assertEquals(formula.path("sentBytes"), counted.path("sentBytes"), "tcp counts what it writes");
    }

    @Test
    void fragmentsGoOnBitForBitAfterAResume() throws IOException {
        Plugin powerSgd = Plugin.named("ddp").with("powerSgdRank", "1").with("powerSgdStartStep", "2");
        TrainerOptions whole = options(2).withStrategy(powerSgd);
        fit(whole.withOut(run("whole")), new Counting(10));
        fit(whole.withMaxSteps(5).withOut(run("cut")), new Counting(10));
        Path checkpoint = run("cut").resolve("checkpoint-5");
        try (Stream<Path> files = Files.list(checkpoint)) {
            assertTrue(
                    files.anyMatch(file -> Objects.toString(file.getFileName()).startsWith("rank-")),
                    "each rank's residual is kept");
        }
        fit(whole.withOut(run("cut")).withResume(run("cut")), new Counting(10));
        requireSameWeights(run("whole"), run("cut"));
    }

    @Test
    void replicasThatWentApartGoOnBitForBitAfterAResume() throws IOException {
        Plugin localSgd = Plugin.named("ddp").with("localSgdStartStep", "1").with("localSgdPeriod", "4");
        TrainerOptions whole = options(2).withStrategy(localSgd);
        fit(whole.withOut(run("whole")), new Counting(10));
        fit(whole.withMaxSteps(3).withOut(run("cut")), new Counting(10));
        fit(whole.withOut(run("cut")).withResume(run("cut")), new Counting(10));
        requireSameWeights(run("whole"), run("cut"));
    }
}
