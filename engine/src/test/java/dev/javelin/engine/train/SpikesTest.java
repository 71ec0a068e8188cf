package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Monitoring;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.SpikeOptions;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What is measured of steps")
class SpikesTest {
    private static final SpikeOptions OPTIONS = SpikeOptions.standard();

    @TempDir
    Path folder;

    private static SpikeWindow window(double... losses) {
        SpikeWindow window = SpikeWindow.empty();
        for (double loss : losses) {
            window = window.after(loss, 1, OPTIONS);
        }
        return window;
    }

    /** At step 30 the learning rate is absurd, so that the step after it stands out. */
    private static TrainerOptions options() {
        return TrainerOptions.standard()
                .withSeed(5)
                .withBatch(4)
                .withMaxSteps(36)
                .withClipping(Clipping.none())
                .withSchedule((step, maxSteps) -> step == 30 ? 3 : 1e-3)
                .withCheckpoints(new CheckpointOptions(10, 9, 0));
    }

    private static FitResult fit(TrainerOptions options, Rows train) {
        return new EngineTrainer(options, PluginRegistry.ofModulePath())
                .fit(
                        ModelSpec.parse("gpt:layers=1,width=8,heads=2,vocab=11,block=6")
                                .module(),
                        train,
                        null);
    }

    @Test
    @DisplayName("A value stands out from the median by six spreads, of which the least is a twentieth of the median")
    void standsOut() {
        SpikeWindow quiet = window(2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
        assertEquals(OptionalDouble.of(2), quiet.lossStandsOut(2.61, OPTIONS));
        assertEquals(OptionalDouble.empty(), quiet.lossStandsOut(2.59, OPTIONS));
        assertEquals(OptionalDouble.empty(), quiet.lossStandsOut(0.1, OPTIONS), "only upwards");
        assertEquals(OptionalDouble.of(2), quiet.lossStandsOut(2.21, OPTIONS.withFactor(2)));
        // Median 3, distances 2 1 1 1 0 0 0 1 1 2 of median 1: six spreads are 6 x 1.4826.
        SpikeWindow loud = window(1, 2, 2, 2, 3, 3, 3, 4, 4, 5);
        assertEquals(OptionalDouble.empty(), loud.lossStandsOut(3 + 6 * 1.48, OPTIONS));
        assertEquals(OptionalDouble.of(3), loud.lossStandsOut(3 + 6 * 1.49, OPTIONS));
        assertEquals(OptionalDouble.empty(), window(2, 2, 2, 2, 2, 2, 2).lossStandsOut(9, OPTIONS), "too few");
        assertEquals(OptionalDouble.empty(), quiet.lossStandsOut(9, SpikeOptions.none()));
        SpikeWindow moved = quiet;
        for (int i = 0; i < 60; i++) {
            moved = moved.after(5, 1, OPTIONS);
        }
        assertEquals(50, moved.losses().size());
        assertEquals(OptionalDouble.empty(), moved.lossStandsOut(5.5, OPTIONS));
        assertEquals(moved, SpikeWindow.decode(moved.encode()));
        assertThrows(JavelinException.class, () -> OPTIONS.withWindow(3));
    }

    @Test
    @DisplayName("A spike is reported with its step and the very rows of its batch, in callback, log and result")
    void reportsASpike() throws IOException {
        Rows train = Rows.sequences(10);
        List<Spike> heard = new ArrayList<>();
        Path run = folder.resolve("run");
        FitResult result = fit(
                options().withOut(run).withCallbacks(List.of(new Callback() {
                    @Override
                    public void onSpike(Spike spike) {
                        heard.add(spike);
                    }
                })),
                train);
        Spike loss = heard.stream()
                .filter(spike -> spike.quantity().equals(Spike.LOSS))
                .findFirst()
                .orElseThrow();
        assertEquals(31, loss.step());
        assertEquals(120, loss.firstSample());
        assertEquals(4, loss.samples());
        // The first three reads of the data are those of its fingerprint.
        int fingerprint = train.read.size() - 36 * 4;
        assertEquals(train.read.subList(fingerprint + 120, fingerprint + 124), loss.rows());
        assertTrue(loss.value() > loss.median() + 0.3 * loss.median());
        assertEquals(heard, result.report().spikes());
        assertEquals(heard.size(), result.report().spikeCount());
        List<JsonNode> rows = spikes(run);
        assertEquals(heard.size(), rows.size());
        assertEquals(31, rows.getFirst().get("step").longValue());
        assertEquals(
                loss.rows().size(), rows.getFirst().get("spike").get("rows").size());
    }

    private static List<JsonNode> spikes(Path run) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode row = new JsonMapper().readTree(line);
            if (row.has("spike")) {
                rows.add(row);
            }
        }
        return rows;
    }

    @Test
    @DisplayName("A run that was stopped just before reports the spikes of one that was not, and none if told so")
    void reportsAfterAResume() throws IOException {
        Path whole = folder.resolve("whole");
        fit(options().withOut(whole), Rows.sequences(10));
        Path run = folder.resolve("run");
        fit(options().withOut(run).withMaxSteps(30), Rows.sequences(10));
        assertEquals(List.of(), spikes(run));
        fit(options().withOut(run).withResume(run), Rows.sequences(10));
        assertFalse(spikes(whole).isEmpty());
        assertEquals(spikes(whole), spikes(run));
        Path quiet = folder.resolve("quiet");
        Monitoring none = Monitoring.standard().withSpikes(SpikeOptions.none());
        assertEquals(
                0,
                fit(options().withOut(quiet).withMonitoring(none), Rows.sequences(10))
                        .report()
                        .spikeCount());
        assertEquals(List.of(), spikes(quiet));
    }

    @Test
    @DisplayName(
            "A step's work is its samples, tokens and floating-point operations: little more than the matrix products'")
    void measuresWork() {
        long layers = 2;
        long width = 128;
        long block = 64;
        long vocab = 256;
        Rows train = new Rows(16, block, (row, position) -> (row + position) % vocab);
        List<StepMetrics> steps = new ArrayList<>();
        FitResult result = new EngineTrainer(
                        TrainerOptions.standard()
                                .withBatch(4)
                                .withAccumulation(2)
                                .withMaxSteps(3)
                                .withCallbacks(List.of(new Callback() {
                                    @Override
                                    public boolean onStep(StepMetrics metrics) {
                                        steps.add(metrics);
                                        return true;
                                    }
                                })),
                        PluginRegistry.ofModulePath())
                .fit(
                        ModelSpec.parse("gpt:layers=2,width=128,heads=2,vocab=256,block=64")
                                .module(),
                        train,
                        null);
        StepMetrics last = steps.getLast();
        assertEquals(8, last.work().firstSample());
        assertEquals(4, last.work().samples());
        assertEquals(4 * block, last.work().tokens());
        assertTrue(last.work().dataSeconds() > 0
                && last.work().dataSeconds() < last.work().seconds());
        double matrices = 12.0 * layers * width * width + width * vocab;
        double products = 4 * block * (6 * matrices + 12.0 * layers * width * block);
        double ratio = last.work().flops() / products;
        assertTrue(ratio > 0.9 && ratio < 1.25, "ratio to the closed form: " + ratio);
        assertEquals(
                last.work().flops()
                        * result.report().throughput().tokensPerSecond()
                        / last.work().tokens(),
                result.report().throughput().flopsPerSecond(),
                1e-6 * result.report().throughput().flopsPerSecond());
        assertTrue(result.report().throughput().deviceShare() > 0);
    }
}
