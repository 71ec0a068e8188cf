package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Monitoring;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.RunLog;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.Trainer;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.log.TensorBoardLog;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.util.Event;

class EngineTrainerTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    Path folder;

    private final Path run() {
        return folder.resolve("run");
    }

    private static TrainingModule gpt() {
        return ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                .module();
    }

    /** Seven steps of four rows over ten: epochs end within steps and within micro-batches. */
    private static TrainerOptions options() {
        return TrainerOptions.standard()
                .withSeed(5)
                .withBatch(4)
                .withAccumulation(2)
                .withMaxSteps(7)
                .withSchedule(Schedule.cosine(1e-2, 2, 0.1))
                .withCheckpoints(new CheckpointOptions(2, 2, 1));
    }

    private TrainerOptions inRun() {
        return options().withOut(run());
    }

    private static EngineTrainer trainer(TrainerOptions options) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath());
    }

    private static FitResult fit(TrainerOptions options) {
        return trainer(options).fit(gpt(), Rows.sequences(10), Rows.sequences(5));
    }

    /** Stops the trainer after a step. */
    private static FitResult fitUntil(TrainerOptions options, long step) {
        EngineTrainer[] trainer = new EngineTrainer[1];
        trainer[0] = trainer(options.withCallbacks(List.of(new Callback() {
            @Override
            public boolean onStep(StepMetrics metrics) {
                if (metrics.step() == step) {
                    trainer[0].stop();
                }
                return true;
            }
        })));
        return trainer[0].fit(gpt(), Rows.sequences(10), Rows.sequences(5));
    }

    /** Ends the run as a killed process would: nothing is written any more. */
    private static void killAfter(TrainerOptions options, long step) {
        class Killed extends Error {
            private static final long serialVersionUID = 1L;
        }
        TrainerOptions dying = options.withCallbacks(List.of(new Callback() {
            @Override
            public boolean onStep(StepMetrics metrics) {
                if (metrics.step() == step) {
                    throw new Killed();
                }
                return true;
            }
        }));
        assertThrows(Killed.class, () -> fit(dying));
    }

    private static List<JsonNode> metrics(Path run) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            rows.add(MAPPER.readTree(line));
        }
        return rows;
    }

    /** Metrics without what depends on time. */
    private static List<JsonNode> timeless(Path run) throws IOException {
        List<JsonNode> rows = metrics(run);
        rows.forEach(row -> ((ObjectNode) row).remove(List.of("tokensPerSecond", "elapsedSeconds", "throughput")));
        return rows;
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

    private static List<Long> steps(Path run) {
        return RunFolder.committed(run).stream().map(RunFolder.Found::step).toList();
    }

    @Test
    void aRunLearnsAndLeavesMetricsSummaryAndCheckpoints() throws IOException {
        FitResult result = fit(inRun().withMaxSteps(60).withSchedule(Schedule.constant(1e-2)));
        List<JsonNode> rows = metrics(run());
        assertEquals(61, rows.size());
        assertEquals(
                List.of(
                        "step",
                        "loss",
                        "gradNorm",
                        "lr",
                        "tokensPerSecond",
                        "deviceBytes",
                        "elapsedSeconds",
                        "firstSample",
                        "throughput"),
                rows.getFirst().properties().stream().map(e -> e.getKey()).toList());
        assertTrue(rows.get(59).get("loss").asDouble()
                < rows.getFirst().get("loss").asDouble() - 1);
        assertEquals(
                result.validationLoss().orElseThrow(),
                rows.get(60).get("validationLoss").doubleValue());
        JsonNode summary = MAPPER.readTree(Files.readString(run().resolve("summary.json")));
        assertEquals(
                List.of(
                        "parameters",
                        "steps",
                        "finalLoss",
                        "validationLoss",
                        "tokensPerSecondMedian",
                        "predictedPeakDeviceBytes",
                        "measuredPeakDeviceBytes",
                        "wallSeconds",
                        "ending",
                        "reason",
                        "best",
                        "throughput",
                        "spikes",
                        "skippedSteps"),
                summary.properties().stream().map(e -> e.getKey()).toList());
        assertEquals(60, result.steps());
        assertEquals(result.finalLoss(), summary.get("finalLoss").doubleValue());
        assertEquals(result.predictedPeakDeviceBytes(), result.measuredPeakDeviceBytes());
        assertEquals(run().resolve("checkpoint-60"), result.checkpoint());
        assertFalse(result.interrupted());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void stoppedAfterAnyStepAndResumedIsNeverInterruptedBitForBit(long stop) throws IOException {
        Path whole = folder.resolve("whole");
        fit(options().withOut(whole));
        FitResult stopped = fitUntil(inRun(), stop);
        assertTrue(stopped.interrupted());
        assertEquals(stop, stopped.steps());
        assertEquals(run().resolve("checkpoint-" + stop), stopped.checkpoint());
        FitResult resumed = fit(inRun().withResume(run()));
        assertFalse(resumed.interrupted());
        requireSameCheckpoint(whole.resolve("checkpoint-7"), run().resolve("checkpoint-7"));
        assertEquals(timeless(whole), timeless(run()));
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 4, 5, 6, 7})
    void killedAfterAnyStepAndResumedIsNeverInterruptedBitForBit(long kill) throws IOException {
        Path whole = folder.resolve("whole");
        TrainerOptions settings = options().withValidateEvery(3);
        fit(settings.withOut(whole));
        killAfter(settings.withOut(run()), kill);
        assertEquals(kill, metrics(run()).getLast().get("step").longValue());
        fit(settings.withOut(run()).withResume(run()));
        requireSameCheckpoint(whole.resolve("checkpoint-7"), run().resolve("checkpoint-7"));
        assertEquals(timeless(whole), timeless(run()));
    }

    @Test
    void aLineThatWasCutByTheEndOfTheProcessIsDroppedOnResume() throws IOException {
        fitUntil(inRun(), 4);
        Path file = run().resolve("metrics.jsonl");
        Files.writeString(file, Files.readString(file) + "{\"step\":5,\"lo");
        fit(inRun().withResume(run()));
        assertEquals(
                List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 7L),
                metrics(run()).stream().map(row -> row.get("step").longValue()).toList());
    }

    @Test
    void timeGoesOnAfterAResume() throws IOException {
        fitUntil(inRun(), 4);
        double before = metrics(run()).getLast().get("elapsedSeconds").doubleValue();
        fit(inRun().withResume(run()));
        assertTrue(metrics(run()).get(4).get("elapsedSeconds").doubleValue() > before);
    }

    @Test
    void allLogsGoBackWithARunThatGoesOnFromAnOlderCheckpoint() throws IOException {
        fit(inRun().withValidateEvery(3).withCheckpoints(new CheckpointOptions(2, 9, 0)));
        new EngineTrainer(
                        inRun().withValidateEvery(3).withResume(run().resolve("checkpoint-4")),
                        PluginRegistry.ofModulePath(),
                        RunSetup.standard().withExisting(RunSetup.Existing.REPLACE))
                .fit(gpt(), Rows.sequences(10), Rows.sequences(5));
        List<Long> expected = List.of(1L, 2L, 3L, 3L, 4L, 5L, 6L, 6L, 7L, 7L);
        assertEquals(
                expected,
                metrics(run()).stream().map(row -> row.get("step").longValue()).toList());
        assertEquals(
                expected,
                Files.readAllLines(run().resolve("metrics.csv")).stream()
                        .skip(1)
                        .map(line -> Long.parseLong(line.substring(0, line.indexOf(','))))
                        .toList());
        List<Long> events = new ArrayList<>();
        for (Path file : TensorBoardLog.files(run())) {
            ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            while (in.hasRemaining()) {
                byte[] record = new byte[(int) in.getLong()];
                in.getInt();
                in.get(record);
                in.getInt();
                Event event = Event.parseFrom(record);
                if (event.getSummary().getValueList().stream()
                        .anyMatch(value -> value.getTag().endsWith("/loss"))) {
                    events.add(event.getStep());
                }
            }
        }
        assertEquals(expected, events);
    }

    @Test
    void aRunWritesTheLogsThatItIsToldToAndNoOthers() throws IOException {
        fitUntil(inRun().withMonitoring(Monitoring.standard().withLogs(Set.of(RunLog.CSV))), 4);
        assertTrue(Files.exists(run().resolve("metrics.csv")));
        assertFalse(Files.exists(run().resolve("metrics.jsonl")));
        assertEquals(List.of(), TensorBoardLog.files(run()));
        fit(inRun().withMonitoring(Monitoring.standard().withLogs(Set.of(RunLog.CSV)))
                .withResume(run()));
        List<String> rows = Files.readAllLines(run().resolve("metrics.csv"));
        int seconds = List.of(rows.getFirst().split(",")).indexOf("elapsedSeconds");
        assertTrue(
                Double.parseDouble(rows.get(5).split(",")[seconds])
                        > Double.parseDouble(rows.get(4).split(",")[seconds]),
                "time goes on");
    }

    @Test
    void everyRowIsReadOnceAnEpochWhateverTheBatch() {
        Rows train = Rows.sequences(10);
        trainer(options().withMaxSteps(5)).fit(gpt(), train, null);
        assertEquals(20, train.read.size());
        for (int epoch = 0; epoch < 2; epoch++) {
            assertEquals(
                    List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L),
                    train.read.subList(epoch * 10, epoch * 10 + 10).stream()
                            .sorted()
                            .toList());
        }
    }

    @Test
    void validationCountsEveryRowOnceHoweverTheLastBatchIsFilled() {
        TrainingModule module =
                ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6").module();
        TrainerOptions settings = options().withPrecision(Precision.TRUE_64).withMaxSteps(1);
        Rows five = Rows.sequences(5);
        FitResult ragged = trainer(settings).fit(module, Rows.sequences(10), five);
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L), five.read);
        FitResult whole = trainer(settings.withAccumulation(1)).fit(module, Rows.sequences(10), Rows.sequences(5));
        assertEquals(
                ragged.validationLoss().orElseThrow(), whole.validationLoss().orElseThrow(), 1e-12);
        Rows limited = Rows.sequences(5);
        trainer(settings.withValidationBatches(1)).fit(module, Rows.sequences(10), limited);
        assertEquals(List.of(0L, 1L), limited.read);
    }

    @Test
    void theBestIsKeptEvenIfNoCheckpointWasDueAfterItsStep() throws IOException {
        fit(inRun().withMaxSteps(20)
                .withValidateEvery(3)
                .withSchedule((step, maxSteps) -> step <= 10 ? 1e-2 : 1)
                .withCheckpoints(new CheckpointOptions(0, 1, 1)));
        long best = 0;
        double lowest = Double.MAX_VALUE;
        for (JsonNode row : metrics(run())) {
            if (row.has("validationLoss") && row.get("validationLoss").doubleValue() < lowest) {
                lowest = row.get("validationLoss").doubleValue();
                best = row.get("step").longValue();
            }
        }
        assertEquals(0, best % 3);
        assertEquals(List.of(best, 20L), steps(run()));
    }

    @Test
    void theLastAndTheBestCheckpointsAreKept() throws IOException {
        fit(inRun().withMaxSteps(20)
                .withValidateEvery(2)
                .withSchedule((step, maxSteps) -> step <= 10 ? 1e-2 : 1)
                .withCheckpoints(new CheckpointOptions(2, 2, 1)));
        long best = 0;
        double lowest = Double.MAX_VALUE;
        for (JsonNode row : metrics(run())) {
            if (row.has("validationLoss") && row.get("validationLoss").doubleValue() < lowest) {
                lowest = row.get("validationLoss").doubleValue();
                best = row.get("step").longValue();
            }
        }
        assertTrue(best < 18, "the best is not among the last: " + best);
        assertEquals(List.of(best, 18L, 20L), steps(run()));
    }

    @Test
    void resumingAFinishedRunDoesNothing() throws IOException {
        FitResult first = fit(inRun());
        byte[] before = Files.readAllBytes(run().resolve("metrics.jsonl"));
        FitResult again = fit(inRun().withResume(run()));
        assertArrayEquals(before, Files.readAllBytes(run().resolve("metrics.jsonl")));
        assertEquals(first.finalLoss(), again.finalLoss());
        assertEquals(first.validationLoss(), again.validationLoss());
        assertEquals(first.wallSeconds(), again.wallSeconds());
        assertEquals(7, again.steps());
        assertFalse(again.interrupted());
    }

    @Test
    void aFinishedRunGoesOnWithMoreSteps() {
        fit(inRun());
        assertEquals(9, fit(inRun().withMaxSteps(9).withResume(run())).steps());
        assertEquals(9L, steps(run()).getLast());
    }

    @Test
    void resumingFromAnOlderCheckpointReplacesWhatCameAfterOnlyIfAsked() throws IOException {
        fit(inRun().withCheckpoints(new CheckpointOptions(2, 9, 0)));
        assertEquals(List.of(2L, 4L, 6L, 7L), steps(run()));
        TrainerOptions older = inRun().withCheckpoints(new CheckpointOptions(0, 9, 0))
                .withMaxSteps(3)
                .withResume(run().resolve("checkpoint-2"));
        requireRefused("JVL-CFG-0053", "checkpoints up to step 7", older, gpt(), 10);
        assertEquals(List.of(2L, 4L, 6L, 7L), steps(run()));
        new EngineTrainer(
                        older,
                        PluginRegistry.ofModulePath(),
                        RunSetup.standard().withExisting(RunSetup.Existing.REPLACE))
                .fit(gpt(), Rows.sequences(10), null);
        assertEquals(List.of(2L, 3L), steps(run()));
        assertEquals(3, metrics(run()).getLast().get("step").longValue());
    }

    @Test
    void aRunMayGoOnInAnotherFolder() throws IOException {
        Path whole = folder.resolve("whole");
        fit(options().withOut(whole));
        fitUntil(inRun(), 3);
        Path other = folder.resolve("other");
        fit(options().withOut(other).withResume(run()));
        requireSameCheckpoint(whole.resolve("checkpoint-7"), other.resolve("checkpoint-7"));
        assertEquals(4, metrics(other).getFirst().get("step").longValue());
        assertEquals(List.of(2L, 3L), steps(run()));
    }

    @Test
    void aFolderThatHoldsARunIsRefused() {
        fit(inRun());
        assertEquals(
                "JVL-CFG-0030",
                assertThrows(JavelinException.class, () -> fit(inRun())).code());
        Path other = folder.resolve("other");
        fit(options().withOut(other));
        JavelinException error = assertThrows(JavelinException.class, () -> fit(inRun().withResume(other)));
        assertEquals("JVL-CFG-0030", error.code());
        for (String way : List.of("TrainerOptions.withResume", "--resume", "--overwrite", "withOut", "--out")) {
            assertTrue(error.remedy().contains(way), error.remedy());
        }
    }

    private static EngineTrainer replacing(TrainerOptions options) {
        RunSetup setup = RunSetup.standard()
                .withExisting(RunSetup.Existing.REPLACE)
                .withConfig("seed: " + options.seed() + "\n");
        return new EngineTrainer(options, PluginRegistry.ofModulePath(), setup);
    }

    @Test
    void aRunThatIsReplacedLeavesOnlyWhatIsNotItsOwn() throws IOException {
        fit(inRun());
        Files.writeString(run().resolve("notes.txt"), "mine");
        FitResult result = replacing(inRun().withMaxSteps(3)).fit(gpt(), Rows.sequences(10), null);
        assertEquals(3, result.steps());
        assertEquals(List.of(2L, 3L), steps(run()));
        assertEquals(3, metrics(run()).size());
        assertEquals("mine", Files.readString(run().resolve("notes.txt")));
        assertEquals("seed: 5\n", Files.readString(run().resolve("config.yaml")));
        Path fresh = folder.resolve("fresh");
        assertEquals(
                7,
                replacing(options().withOut(fresh))
                        .fit(gpt(), Rows.sequences(10), null)
                        .steps());
    }

    @Test
    void aRunIsNotReplacedByOneThatCannotStart() throws IOException {
        fit(inRun());
        Path other = folder.resolve("other");
        fit(options().withOut(other));
        TrainingModule wider = ModelSpec.parse("gpt:layers=1,width=10,heads=2,vocab=11,block=6")
                .module();
        EngineTrainer unfit = replacing(inRun().withResume(other).withMaxSteps(9));
        JavelinException error = assertThrows(JavelinException.class, () -> unfit.fit(wider, Rows.sequences(10), null));
        assertEquals("JVL-CKP-0015", error.code(), "found only when device and session are open");
        JavelinException both = assertThrows(
                JavelinException.class,
                () -> replacing(inRun().withResume(run())).fit(gpt(), Rows.sequences(10), null));
        assertEquals("JVL-CFG-0052", both.code());
        assertFalse(Files.exists(run().resolve("config.yaml")));
        assertEquals(7, fit(inRun().withResume(run()).withMaxSteps(7)).steps());
        assertTrue(steps(run()).contains(7L));
    }

    @Test
    void aFolderThatAnotherRunIsWritingToIsRefusedAsItIs() throws IOException {
        List<String> codes = new ArrayList<>();
        fit(inRun().withCallbacks(List.of(new Callback() {
            @Override
            public void onStart(RunSummary summary) {
                RunSetup late = RunSetup.standard().withConfig("late");
                for (RunSetup setup : List.of(late, late.withExisting(RunSetup.Existing.REPLACE))) {
                    EngineTrainer second = new EngineTrainer(inRun().withSeed(6), PluginRegistry.ofModulePath(), setup);
                    codes.add(assertThrows(JavelinException.class, () -> second.fit(gpt(), Rows.sequences(10), null))
                            .code());
                }
            }
        })));
        assertEquals(List.of("JVL-CFG-0031", "JVL-CFG-0031"), codes);
        assertFalse(Files.exists(run().resolve("config.yaml")));
        fit(inRun().withResume(run()));
    }

    @Test
    void otherSeedsRowsOptimizersAndModelsDoNotResume() {
        fitUntil(inRun(), 3);
        TrainerOptions resume = inRun().withResume(run());
        requireRefused("JVL-CKP-0030", "trainer.seed 5, this run has 6", resume.withSeed(6), gpt(), 10);
        requireRefused("JVL-CKP-0030", "rows of training data 10, this run has 12", resume, gpt(), 12);
        JavelinException other = assertThrows(
                JavelinException.class, () -> trainer(resume).fit(gpt(), new Rows(10, 6, (row, position) -> 3), null));
        assertTrue(other.getMessage().contains("training data of checksum"), other.getMessage());
        requireRefused(
                "JVL-CKP-0030",
                "optimizer [adamw], this run has [sgd]",
                resume.withOptimizer(ParameterGroup.all(new Sgd(0.9, 0, false))),
                gpt(),
                10);
        TrainingModule wider = ModelSpec.parse("gpt:layers=1,width=10,heads=2,vocab=11,block=6")
                .module();
        requireRefused("JVL-CKP-0015", "wte.weight is [11, 8], expected [11, 10]", resume, wider, 10);
    }

    private static void requireRefused(
            String code, String message, TrainerOptions options, TrainingModule module, long rows) {
        JavelinException error =
                assertThrows(JavelinException.class, () -> trainer(options).fit(module, Rows.sequences(rows), null));
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    @Test
    void aCheckpointGoesOnAtAnotherPrecision() {
        fitUntil(inRun(), 3);
        FitResult result = fit(options()
                .withPrecision(Precision.TRUE_64)
                .withOut(folder.resolve("64"))
                .withResume(run()));
        assertEquals(7, result.steps());
    }

    @Test
    void aDamagedCheckpointIsRefused() throws IOException {
        fitUntil(inRun(), 3);
        Path file = run().resolve("checkpoint-3/m.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] ^= 4;
        Files.write(file, bytes);
        assertEquals(
                "JVL-CKP-0014",
                assertThrows(JavelinException.class, () -> fit(inRun().withResume(run())))
                        .code());
    }

    @Test
    void theNotesOfTheCallerComeBackWithTheCheckpoint() {
        ObjectNode notes = JsonNodeFactory.instance.objectNode().put("model", "gpt:layers=1");
        RunSetup setup = RunSetup.standard().withNotes(notes);
        new EngineTrainer(inRun(), PluginRegistry.ofModulePath(), setup).fit(gpt(), Rows.sequences(10), null);
        try (Checkpoint checkpoint = Checkpoint.open(run())) {
            JsonNode state = checkpoint.state();
            assertEquals("gpt:layers=1", state.get("run").get("model").textValue());
            assertEquals(28, state.get("samples").longValue());
            assertEquals(2, state.get("epoch").longValue());
            assertEquals(8, state.get("index").longValue());
        }
    }

    @Test
    void aStopBeforeTheFirstStepWritesNothing() {
        EngineTrainer trainer = trainer(inRun());
        trainer.stop();
        FitResult result = trainer.fit(gpt(), Rows.sequences(10), null);
        assertTrue(result.interrupted());
        assertEquals(0, result.steps());
        assertNull(result.checkpoint());
        assertEquals(List.of(), steps(run()));
    }

    @Test
    void aCallbackEndsTheRunWithItsStepAsIfItWereTheLast() {
        List<String> events = new ArrayList<>();
        FitResult result =
                fit(inRun().withCheckpoints(new CheckpointOptions(0, 1, 0)).withCallbacks(List.of(new Callback() {
                    @Override
                    public void onStart(RunSummary summary) {
                        events.add("start at " + summary.firstStep() + " of " + summary.maxSteps());
                    }

                    @Override
                    public boolean onStep(StepMetrics metrics) {
                        events.add("step " + metrics.step());
                        return metrics.step() < 2;
                    }

                    @Override
                    public void onValidation(ValidationMetrics metrics) {
                        events.add("validation " + metrics.step());
                    }

                    @Override
                    public void onCheckpoint(long step, Path checkpoint) {
                        events.add("checkpoint " + step);
                    }

                    @Override
                    public void onEnd(FitResult outcome) {
                        events.add("end");
                    }
                })));
        assertEquals(List.of("start at 1 of 7", "step 1", "step 2", "validation 2", "checkpoint 2", "end"), events);
        assertFalse(result.interrupted());
    }

    @Test
    void withoutAFolderNothingIsWritten() throws IOException {
        FitResult result = fit(options());
        assertNull(result.checkpoint());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    /** A linear regression on one feature, which logs and prints. */
    private static TrainingModule regression() {
        TrainingModule classifier =
                ModelSpec.parse("mlp:features=1,classes=2,layers=0").module();
        return new TrainingModule() {
            @Override
            public dev.javelin.api.Layer model() {
                return classifier.model();
            }

            @Override
            public Loss trainingStep(Step step) {
                Loss loss = classifier.trainingStep(step);
                step.log("mean feature", step.input("features").mean());
                step.print("label", step.input("label"));
                return loss;
            }
        };
    }

    private static Dataset features(double... values) {
        return new Dataset() {
            @Override
            public List<Field> fields() {
                return List.of(
                        new Field("features", dev.javelin.api.TensorType.of(DType.FLOAT32, 1), 0),
                        new Field("label", dev.javelin.api.TensorType.of(DType.INT32), -1));
            }

            @Override
            public long rows() {
                return values.length;
            }

            @Override
            public void read(long row, Field field, java.lang.foreign.MemorySegment destination) {
                double value = field.name().equals("features") ? values[(int) row] : row % 2;
                dev.javelin.engine.run.Numbers.set(destination, field.row().dtype(), 0, value);
            }
        };
    }

    @Test
    void whatAModuleLogsAndPrintsReachesMetricsAndCallbacks() throws IOException {
        List<String> printed = new ArrayList<>();
        trainer(inRun().withAccumulation(1).withMaxSteps(1).withCallbacks(List.of(new Callback() {
                    @Override
                    public void onPrint(String text) {
                        printed.add(text);
                    }
                })))
                .fit(regression(), features(1, 2, 3, 4), null);
        assertEquals(
                2.5, metrics(run()).getFirst().get("logged").get("mean feature").doubleValue(), 1e-6);
        assertEquals(1, printed.size());
        assertTrue(printed.getFirst().startsWith("label: I32[4] ["), printed.getFirst());
    }

    @Test
    void aNumberInTheDataThatIsNotFiniteIsNamedWithItsStepAndField() {
        TrainerOptions settings = inRun().withAccumulation(1).withBatch(1).withMaxSteps(8);
        double[] values = new double[8];
        Arrays.fill(values, 1);
        values[3] = Double.NaN;
        JavelinException error =
                assertThrows(JavelinException.class, () -> trainer(settings).fit(regression(), features(values), null));
        assertEquals("JVL-NUM-0001", error.code());
        assertTrue(error.getMessage().contains("NaN at the field 'features' of the data"), error.getMessage());
        long failed = 1;
        SampleOrder order = new SampleOrder(5, 8);
        while (order.row(failed - 1) != 3) {
            failed++;
        }
        assertTrue(error.getMessage().contains("step " + failed + " met"), error.getMessage());
    }

    @Test
    void aLearningRateThatIsTooHighIsNamedWithLayerAndOperationAndTheCheckpointBeforeItIsWhole() {
        JavelinException error = assertThrows(
                JavelinException.class,
                () -> fit(inRun().withOptimizer(ParameterGroup.all(new Sgd(0, 0, false)))
                        .withSchedule((step, maxSteps) -> step <= 4 ? 1e-3 : 1e38)));
        assertEquals("JVL-NUM-0001", error.code());
        assertTrue(error.getMessage().contains("step 6 met"), error.getMessage());
        assertTrue(error.getMessage().contains("layer "), error.getMessage());
        assertEquals(List.of(2L, 4L), steps(run()));
        try (Checkpoint checkpoint = Checkpoint.open(run())) {
            checkpoint.verify();
        }
    }

    @Test
    void validationDataWithOtherFieldsIsRefused() {
        JavelinException error = assertThrows(
                JavelinException.class, () -> trainer(options()).fit(gpt(), Rows.sequences(10), features(1, 2)));
        assertEquals("JVL-DAT-0021", error.code());
    }

    @Test
    void theTrainerOfTheApiIsThisOne() {
        Trainer trainer = Trainer.of(options());
        assertEquals(7, trainer.fit(gpt(), Rows.sequences(10), null).steps());
    }

    @Test
    void settingsOfAdamAreKeptApartFromOtherRules() {
        fitUntil(inRun(), 3);
        TrainerOptions otherDecay = inRun().withResume(run())
                .withOptimizer(ParameterGroup.noDecayForVectors(AdamW.standard().withWeightDecay(0.2)));
        assertEquals(7, fit(otherDecay).steps());
    }
}
