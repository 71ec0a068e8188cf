package dev.javelin.engine.tune;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateSearch;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.engine.train.RunSetup;
import dev.javelin.engine.world.World;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run whose learning rate grows from step to step, until its loss has grown too far. */
final class RateTest {
    private static final String NOT_FINITE = "JVL-NUM-0001";

    private final TrainerOptions options;
    private final PluginRegistry plugins;
    private final @Nullable World world;
    private final RateSearch search;
    private final RateCurve curve;
    /** Whether the losses are told here: in one JVM of several only. */
    private boolean listens;

    private RateFindings.End ended = RateFindings.End.RANGE;

    RateTest(TrainerOptions options, PluginRegistry plugins, @Nullable World world, RateSearch search) {
        this.options = options;
        this.plugins = plugins;
        this.world = world;
        this.search = search;
        curve = new RateCurve(search);
    }

    RateFindings run(TrainingModule module, Dataset train) {
        EngineTrainer trainer =
                new EngineTrainer(growing(), plugins, RunSetup.standard().withWorld(world));
        try {
            trainer.fit(module, train, null);
            if (ended == RateFindings.End.RANGE && curve.size() < search.steps()) {
                ended = RateFindings.End.STOPPED;
            }
        } catch (JavelinException e) {
            // Several ranks report the error of one of them in words of their own, which quote it.
            if (!e.code().equals(NOT_FINITE) && !e.problem().contains(NOT_FINITE)) {
                throw e;
            }
            if (curve.size() == 0 && listens) {
                throw new JavelinException(
                        "JVL-TUN-0001",
                        "the first step of the learning rate test met a number that is not finite: " + e.problem(),
                        "look at the data and the model: no learning rate mends that",
                        e);
            }
            ended = RateFindings.End.NOT_FINITE;
        }
        return curve.findings(ended);
    }

    private TrainerOptions growing() {
        long before = stepsBefore();
        List<Callback> callbacks = new ArrayList<>(options.callbacks());
        callbacks.add(new Listener());
        return options.withOut(null)
                .withMaxSteps(before + search.steps())
                .withSchedule((step, maxSteps) -> search.rate(Math.max(0, step - before - 1)))
                .withAveraging(Averaging.none())
                .withEarlyStopping(EarlyStopping.none())
                .withFastDevRun(0)
                .withProfiling(null)
                .withCheckpoints(new CheckpointOptions(0, 1, 0))
                .withValidateEvery(0)
                .withCallbacks(callbacks);
    }

    /** Steps of the checkpoint that the test begins from. */
    private long stepsBefore() {
        if (options.resume() == null) {
            return 0;
        }
        try (Checkpoint checkpoint = Checkpoint.open(options.resume())) {
            return checkpoint.step();
        }
    }

    private final class Listener implements Callback {
        @Override
        public void onStart(RunSummary run) {
            listens = true;
        }

        @Override
        public boolean onStep(StepMetrics metrics) {
            boolean grown = curve.add(metrics.loss());
            if (grown) {
                ended = RateFindings.End.DIVERGED;
            }
            return !grown;
        }
    }
}
