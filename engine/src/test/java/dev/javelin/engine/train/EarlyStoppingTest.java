package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Early stopping")
class EarlyStoppingTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    Path folder;

    /** Learns for ten steps and is thrown off by a learning rate of 1 then. */
    private static TrainerOptions options(Path out) {
        return TrainerOptions.standard()
                .withSeed(5)
                .withBatch(4)
                .withMaxSteps(60)
                .withValidateEvery(2)
                .withSchedule((step, maxSteps) -> step <= 10 ? 1e-2 : 1)
                .withCheckpoints(new CheckpointOptions(4, 2, 2))
                .withEarlyStopping(EarlyStopping.after(3))
                .withOut(out);
    }

    private static FitResult fit(TrainerOptions options) {
        return fit(options, Rows.sequences(5));
    }

    private static FitResult fit(TrainerOptions options, @Nullable Dataset validation) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath())
                .fit(
                        ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                                .module(),
                        Rows.sequences(10),
                        validation);
    }

    private static List<JsonNode> validations(Path run) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode row = MAPPER.readTree(line);
            if (row.has("validationLoss")) {
                rows.add(row);
            }
        }
        return rows;
    }

    private static long best(List<JsonNode> validations) {
        return validations.stream()
                .min(Comparator.comparingDouble(row -> row.get("validationLoss").doubleValue()))
                .orElseThrow()
                .get("step")
                .longValue();
    }

    @Test
    @DisplayName("ends a run after so many validations without a better one, and says why")
    void endsARun() throws IOException {
        Path run = folder.resolve("run");
        FitResult result = fit(options(run));
        long best = best(validations(run));
        assertEquals(best + 3 * 2, result.steps());
        assertEquals(RunReport.Ending.EARLY_STOPPING, result.report().ending());
        assertFalse(result.interrupted());
        assertTrue(
                result.report().reason().startsWith("validationLoss got no better in 3 validations since step " + best),
                result.report().reason());
        JsonNode summary = MAPPER.readTree(Files.readString(run.resolve("summary.json")));
        assertEquals("early_stopping", summary.get("ending").asText());
        assertEquals(result.report().reason(), summary.get("reason").asText());
        assertEquals(run.resolve("checkpoint-" + result.steps()), result.checkpoint());
    }

    @ParameterizedTest(name = "killed after step {0}")
    @ValueSource(longs = {5, 11, 13, 15})
    @DisplayName("counts on after a resume: the run stops where it would have stopped, with the same bits")
    void countsOn(long kill) throws IOException {
        Path whole = folder.resolve("whole");
        FitResult expected = fit(options(whole));
        assertTrue(expected.steps() > kill, "the run is killed before its end");
        Path run = folder.resolve("run");
        class Killed extends Error {
            private static final long serialVersionUID = 1L;
        }
        Callback killer = new Callback() {
            @Override
            public boolean onStep(StepMetrics metrics) {
                if (metrics.step() == kill) {
                    throw new Killed();
                }
                return true;
            }
        };
        assertThrows(Killed.class, () -> fit(options(run).withCallbacks(List.of(killer))));
        FitResult resumed = fit(options(run).withResume(run));
        assertEquals(expected.steps(), resumed.steps());
        assertEquals(expected.report().reason(), resumed.report().reason());
        Path last = Path.of("checkpoint-" + expected.steps());
        for (String file : List.of("model.safetensors", "manifest.json")) {
            assertArrayEquals(
                    Files.readAllBytes(whole.resolve(last).resolve(file)),
                    Files.readAllBytes(run.resolve(last).resolve(file)),
                    file);
        }
    }

    @Test
    @DisplayName("leaves nothing to go on with, unless the patience is raised")
    void isFinished() throws IOException {
        Path run = folder.resolve("run");
        FitResult stopped = fit(options(run));
        byte[] log = Files.readAllBytes(run.resolve("metrics.jsonl"));
        FitResult again = fit(options(run).withResume(run));
        assertEquals(RunReport.Ending.EARLY_STOPPING, again.report().ending());
        assertEquals(stopped.report().reason(), again.report().reason());
        assertEquals(stopped.report().best(), again.report().best());
        assertArrayEquals(log, Files.readAllBytes(run.resolve("metrics.jsonl")));
        FitResult further = fit(options(run)
                .withMaxSteps(stopped.steps() + 2)
                .withEarlyStopping(EarlyStopping.none())
                .withResume(run));
        assertEquals(stopped.steps() + 2, further.steps());
        assertEquals(RunReport.Ending.STEPS, further.report().ending());
    }

    @Test
    @DisplayName("needs validations before the end, and is refused without")
    void needsValidations() {
        for (JavelinException refused : List.of(
                assertThrows(JavelinException.class, () -> fit(options(folder.resolve("a")), null)),
                assertThrows(
                        JavelinException.class,
                        () -> fit(options(folder.resolve("b")).withValidateEvery(0))))) {
            assertEquals("JVL-CFG-0093", refused.code());
        }
        assertEquals(
                "JVL-CFG-0092",
                assertThrows(
                                JavelinException.class,
                                () -> fit(options(folder.resolve("c"))
                                        .withEarlyStopping(EarlyStopping.after(2)
                                                .withMonitor("accuracy", EarlyStopping.Goal.MAX))))
                        .code());
        assertEquals(
                "JVL-CFG-0090",
                assertThrows(
                                JavelinException.class,
                                () -> EarlyStopping.after(2).withMinDelta(-1))
                        .code());
    }

    @Test
    @DisplayName("counts what is better by more than minDelta, of a loss or of any logged scalar, less or more")
    void countsWhatIsBetter() {
        EarlyStopping loss = EarlyStopping.after(2).withMinDelta(0.5);
        Patience patience = Patience.fresh();
        int[] waited = {0, 1, 0, 1, 2};
        double[] losses = {3, 2.5, 2.4, 1.9, 2};
        for (int i = 0; i < losses.length; i++) {
            patience = patience.after(new ValidationMetrics(i + 1, losses[i], Map.of("accuracy", 0.1 * i)), loss);
            assertEquals(waited[i], patience.waited(), "validation " + i);
            assertEquals(i == 4, patience.exhausted(loss));
        }
        assertEquals(new Patience(2.4, 3, 2), patience);
        assertEquals(patience, Patience.decode(patience.encode(loss), loss));
        EarlyStopping accuracy = loss.withMinDelta(0).withMonitor("accuracy", EarlyStopping.Goal.MAX);
        assertEquals(Patience.fresh(), Patience.decode(patience.encode(loss), accuracy), "about something else");
        Patience growing = Patience.fresh();
        for (double value : new double[] {0.1, 0.2, 0.2, 0.15}) {
            growing = growing.after(new ValidationMetrics(1, 9, Map.of("accuracy", value)), accuracy);
        }
        assertEquals(2, growing.waited());
        assertEquals(0.2, growing.best());
    }

    @Test
    @DisplayName("The two best checkpoints are kept, also over a resume, and the summary lists them, the best first")
    void keepsTheBestTwo() throws IOException {
        Path run = folder.resolve("run");
        TrainerOptions options =
                options(run).withEarlyStopping(EarlyStopping.none()).withMaxSteps(20);
        new EngineTrainer(options.withMaxSteps(12), PluginRegistry.ofModulePath())
                .fit(
                        ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1")
                                .module(),
                        Rows.sequences(10),
                        Rows.sequences(5));
        FitResult result = fit(options.withResume(run));
        List<Long> best = validations(run).stream()
                .sorted(Comparator.comparingDouble(
                        row -> row.get("validationLoss").doubleValue()))
                .limit(2)
                .map(row -> row.get("step").longValue())
                .toList();
        assertEquals(
                best, result.report().best().stream().map(RunReport.Kept::step).toList());
        JsonNode listed =
                MAPPER.readTree(Files.readString(run.resolve("summary.json"))).get("best");
        for (int i = 0; i < 2; i++) {
            assertEquals(best.get(i), listed.get(i).get("step").longValue());
            assertTrue(Files.isDirectory(
                    run.resolve(listed.get(i).get("checkpoint").asText())));
        }
        List<Long> kept =
                RunFolder.committed(run).stream().map(RunFolder.Found::step).toList();
        assertTrue(kept.containsAll(best), kept + " and " + best);
        assertTrue(kept.size() <= 4, kept.toString());
    }
}
