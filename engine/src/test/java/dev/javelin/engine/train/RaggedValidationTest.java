package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
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
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.Numbers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A regression whose loss is not zero on padding rows: only the weights of rows keep them out. */
class RaggedValidationTest {
    private static final Dataset.Field X = new Dataset.Field("x", TensorType.of(DType.FLOAT64, 1), 0);
    private static final Dataset.Field Y = new Dataset.Field("y", TensorType.of(DType.FLOAT64, 1), 0);

    private static final class Line extends Layer implements TrainingModule {
        private final Parameter weight = parameter("weight", Shape.of(1, 1), Initializer.constant(2));
        private final Parameter bias = parameter("bias", Shape.of(1), Initializer.constant(5));

        @Override
        protected Tensor forward(Tensor x) {
            return x.linear(weight.on(x), bias.on(x)); // [B, 1]
        }

        @Override
        public Layer model() {
            return this;
        }

        @Override
        public Loss trainingStep(Step step) {
            Tensor error = apply(step.input("x")).subtract(step.input("y")); // [B, 1]
            Tensor squares = error.square().reshape(-1); // [B]
            Loss loss = Loss.ofRows(step, squares);
            step.log("meanSquare", loss.sum().divide(loss.weight()));
            return loss;
        }
    }

    /** y = x² at x = 0, 1, 2, … */
    private record Squares(long rows) implements Dataset {
        @Override
        public List<Field> fields() {
            return List.of(X, Y);
        }

        @Override
        public void read(long row, Field field, MemorySegment destination) {
            Numbers.set(destination, DType.FLOAT64, 0, field.name().equals("x") ? row : (double) row * row);
        }
    }

    @Test
    void aLossOfRowsAndItsLogsLeaveOutThePaddingOfTheLastBatch() {
        List<ValidationMetrics> seen = new ArrayList<>();
        TrainerOptions options = TrainerOptions.standard()
                .withBatch(4)
                .withMaxSteps(1)
                .withPrecision(dev.javelin.api.trainer.Precision.TRUE_64)
                .withSchedule(dev.javelin.api.optimizer.Schedule.constant(0))
                .withCallbacks(List.of(new Callback() {
                    @Override
                    public void onValidation(ValidationMetrics metrics) {
                        seen.add(metrics);
                    }
                }));
        new EngineTrainer(options, PluginRegistry.ofModulePath()).fit(new Line(), new Squares(8), new Squares(7));
        double expected = 0;
        for (int x = 0; x < 7; x++) {
            expected += Math.pow(2 * x + 5 - x * x, 2) / 7;
        }
        assertEquals(expected, seen.getFirst().loss(), 1e-12);
        assertEquals(expected, seen.getFirst().logged().get("meanSquare"), 1e-12);
    }
}
