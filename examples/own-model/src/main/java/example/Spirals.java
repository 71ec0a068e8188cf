package example;

import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Trainer;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.data.InMemoryDataset;
import dev.javelin.models.Linear;
import java.util.Random;

/** Tells two interleaved spirals apart: a model, its loss, data and a training run. */
public final class Spirals extends Layer {
    private final Linear in = child("in", new Linear(2, 64));
    private final Linear hidden = child("hidden", new Linear(64, 64));
    private final Linear out = child("out", new Linear(64, 2));

    @Override
    protected Tensor forward(Tensor point) { // [B, 2]
        return out.apply(hidden.apply(in.apply(point).tanh()).tanh()); // [B, 2]
    }

    record Classification(Spirals model) implements TrainingModule {
        @Override
        public Loss trainingStep(Step step) {
            return model.apply(step.input("point")).crossEntropy(step.input("label"), -1);
        }
    }

    static InMemoryDataset points(int rows, long seed) {
        Random random = new Random(seed);
        float[] points = new float[rows * 2];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = i % 2;
            double turn = random.nextDouble() * 3 * Math.PI, angle = turn + labels[i] * Math.PI;
            points[2 * i] = (float) (turn / 9 * Math.cos(angle));
            points[2 * i + 1] = (float) (turn / 9 * Math.sin(angle));
        }
        return InMemoryDataset.of(rows).withFloats("point", points, 2).withLabels("label", labels);
    }

    public static void main(String[] arguments) {
        TrainerOptions options = TrainerOptions.standard()
                .withBatch(128)
                .withMaxSteps(1500)
                .withSchedule(Schedule.cosine(1e-2, 100, 0.01));
        FitResult result = Trainer.of(options).fit(new Classification(new Spirals()), points(4096, 1), points(512, 2));
        System.out.printf(
                "%d parameters, %d steps, loss %.4f, on unseen points %.4f%n",
                result.parameters(), result.steps(), result.finalLoss(), result.validationLoss().orElseThrow());
    }
}
