package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.ModelSummary;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The summary of a model")
class ModelSummaryTest {
    private static final TrainerOptions OPTIONS =
            TrainerOptions.standard().withBatch(4).withAccumulation(2).withMaxSteps(1);

    private static TrainingModule gpt() {
        return ModelSpec.parse("gpt:layers=2,width=8,heads=2,vocab=11,block=6").module();
    }

    private static ModelSummary summary(TrainingModule module) {
        return new EngineTrainer(OPTIONS, PluginRegistry.ofModulePath()).summary(module, Rows.sequences(10), null);
    }

    private static ModelSummary.Row row(ModelSummary summary, String path) {
        return summary.layers().stream()
                .filter(row -> row.path().equals(path))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("lists layers with type, output of a micro-batch, parameters and stored bytes, down to any depth")
    void listsLayers() {
        ModelSummary summary = summary(gpt());
        assertEquals(
                List.of("wte", "wpe", "h.0", "h.1", "ln_f", "head"),
                summary.layers(1).stream().map(ModelSummary.Row::path).toList());
        ModelSummary.Row block = row(summary, "h.1");
        assertEquals("GptBlock", block.type());
        assertEquals(TensorType.of(DType.FLOAT32, 2, 6, 8), block.output());
        assertEquals(12 * 64 + 13 * 8, block.parameters());
        assertEquals(3 * 4 * block.parameters(), block.storedBytes(), "weights and AdamW's two slots");
        assertTrue(summary.layers(2).size() > summary.layers(1).size());
        assertEquals(summary.layers(), summary.layers(ModelSummary.ALL));
        assertEquals(
                summary.parameters(),
                summary.layers(1).stream()
                        .mapToLong(ModelSummary.Row::parameters)
                        .sum());
        assertEquals(summary.parameters(), summary.trainable());
    }

    @Test
    @DisplayName("is what a run tells before its first step, with the bytes that it then allocates")
    void isWhatARunTells() {
        List<RunSummary> told = new ArrayList<>();
        var result = new EngineTrainer(
                        OPTIONS.withCallbacks(List.of(new Callback() {
                            @Override
                            public void onStart(RunSummary run) {
                                told.add(run);
                            }
                        })),
                        PluginRegistry.ofModulePath())
                .fit(gpt(), Rows.sequences(10), null);
        assertEquals(summary(gpt()), told.getFirst().model());
        assertEquals(result.measuredPeakDeviceBytes(), told.getFirst().model().peakDeviceBytes());
        assertEquals(result.parameters(), told.getFirst().model().parameters());
    }

    @Test
    @DisplayName("is a table whose columns stand below each other")
    void isATable() {
        List<String> lines = summary(gpt()).text(1).lines().toList();
        assertEquals(1 + 6 + 2, lines.size());
        assertTrue(lines.getFirst().startsWith("layer  type"), lines.getFirst());
        int end = lines.getFirst().length();
        assertTrue(lines.subList(1, 7).stream().allMatch(line -> line.length() == end), lines.toString());
        assertTrue(lines.get(7).contains(" parameters, "), lines.get(7));
        assertFalse(lines.toString().contains("h.0.attn"), lines.toString());
    }

    /** One weight that trains and one that does not, which two layers share; and a layer that is never used. */
    private static final class Shared extends Layer implements TrainingModule {
        private final Scaling first = child("first", new Scaling());
        private final Scaling unused = child("unused", new Scaling());

        private static final class Scaling extends Layer {
            private final Parameter fixed = frozenParameter("fixed", Shape.of(6), Initializer.ones());

            @Override
            protected Tensor forward(Tensor input) {
                return input.multiply(fixed.on(input));
            }
        }

        private final Parameter own = parameter("own", Shape.of(6), Initializer.ones());

        @Override
        public Layer model() {
            return this;
        }

        @Override
        protected Tensor forward(Tensor input) {
            return first.apply(input.multiply(own.on(input)));
        }

        @Override
        public Loss trainingStep(Step step) {
            Tensor x = apply(step.input("tokens").cast(DType.FLOAT32));
            return Loss.ofRows(step, x.multiply(x).sum(1));
        }
    }

    @Test
    @DisplayName("tells frozen parameters from trainable ones, and leaves the output of an unused layer open")
    void tellsFrozenOnes() {
        ModelSummary summary = summary(new Shared());
        assertEquals(18, summary.parameters());
        assertEquals(6, summary.trainable());
        assertEquals(0, row(summary, "first").trainable());
        assertEquals(6, row(summary, "first").parameters());
        assertEquals(24, row(summary, "first").storedBytes());
        assertEquals(TensorType.of(DType.FLOAT32, 2, 6), row(summary, "first").output());
        assertNull(row(summary, "unused").output());
    }
}
