package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.DType;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.Accelerator.Usage;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.List;
import java.util.Locale;

/** Whole training steps, by the engine. */
final class StepRules {
    private static final double LOSS = 5e-6;
    private static final double WEIGHTS = 2e-5;

    private StepRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-801",
                        "Steps of a small GPT in FLOAT32 give the losses and the weights of the oracle in FLOAT64,"
                                + " within 5e-6 and 2e-5.",
                        "Whatever is right by itself must be right together.",
                        bench -> trained(bench, Training.GPT)),
                opened(
                        "ACC-802",
                        "Steps of a small Llama in FLOAT32 give the losses and the weights of the oracle in FLOAT64,"
                                + " within 5e-6 and 2e-5.",
                        "It has the other half of the operations.",
                        bench -> trained(bench, Training.LLAMA)),
                opened(
                        "ACC-803",
                        "The measured peak of a training is the predicted one, to the byte, and nothing is held behind"
                                + " it.",
                        "A job that was planned to fit, fits.",
                        StepRules::peak),
                opened(
                        "ACC-804",
                        "The same training gives the same bits, and also over temporaries that are poisoned before"
                                + " each step.",
                        "Runs are repeated to find out what went wrong.",
                        StepRules::repeated));
    }

    private static String trained(Bench bench, Training training) {
        Training.Run run = training.on(bench.device(), DType.FLOAT32, false);
        Training.Run truth;
        Accelerator oracle = bench.subject().oracle().opener().get();
        try {
            truth = training.on(oracle, DType.FLOAT64, false);
        } finally {
            oracle.close();
        }
        double worst = 0;
        for (int step = 0; step < run.losses().size(); step++) {
            double error = Math.abs(run.losses().get(step) / truth.losses().get(step) - 1);
            bench.require(
                    error <= LOSS,
                    run.losses().get(step) + " (off by " + error + ")",
                    truth.losses().get(step) + " within " + LOSS,
                    "loss of step " + (step + 1) + " of " + training);
            worst = Math.max(worst, error);
        }
        double weights = run.distance(truth);
        bench.require(weights <= WEIGHTS, "off by " + weights, "within " + WEIGHTS, "weights of " + training);
        return String.format(
                Locale.ROOT,
                "%d steps, losses within %.1e, weights within %.1e",
                run.losses().size(),
                worst,
                weights);
    }

    private static String peak(Bench bench) {
        Usage before = bench.device().usage();
        Training.Run run = Training.GPT.on(bench.device(), DType.FLOAT32, false);
        Usage after = bench.device().usage();
        long measured = after.peakBytes() - before.liveBytes();
        Breach.unlessEqual(run.predictedPeakBytes(), measured, "peak of the training");
        Breach.unlessEqual(before.liveBytes(), after.liveBytes(), "bytes held behind the training");
        return measured + " bytes";
    }

    private static String repeated(Bench bench) {
        for (Training training : Training.values()) {
            Training.Run first = training.on(bench.device(), DType.FLOAT32, false);
            Training.Run second = training.on(bench.device(), DType.FLOAT32, false);
            Bench.requireEqual(first.weights(), second.weights(), "weights of the second " + training);
            Training.Run poisoned = training.on(bench.device(), DType.FLOAT32, true);
            Bench.requireEqual(first.weights(), poisoned.weights(), "weights of " + training + ", poisoned");
        }
        return Training.values().length + " models, 3 times each";
    }
}
