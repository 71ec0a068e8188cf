package dev.javelin.engine.tune;

import dev.javelin.api.Dataset;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.tuning.BatchFindings;
import dev.javelin.api.tuning.BatchSearch;
import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateSearch;
import dev.javelin.api.tuning.Tuner;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.world.World;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The engine's tuner, with the plugins of a registry. */
public final class EngineTuner implements Tuner {
    private final TrainerOptions options;
    private final PluginRegistry plugins;
    private final @Nullable World world;
    private final Consumer<BatchFindings.Candidate> listener;

    public EngineTuner(TrainerOptions options, PluginRegistry plugins) {
        this(options, plugins, null, candidate -> {});
    }

    private EngineTuner(
            TrainerOptions options,
            PluginRegistry plugins,
            @Nullable World world,
            Consumer<BatchFindings.Candidate> listener) {
        this.options = options;
        this.plugins = plugins;
        this.world = world;
        this.listener = listener;
    }

    /** As this JVM's part of a world that spans several. */
    public EngineTuner withWorld(@Nullable World joined) {
        return new EngineTuner(options, plugins, joined, listener);
    }

    /** Tells of each candidate for a batch as soon as its peak is known. */
    public EngineTuner withListener(Consumer<BatchFindings.Candidate> hearer) {
        return new EngineTuner(options, plugins, world, hearer);
    }

    @Override
    public RateFindings learningRate(TrainingModule module, Dataset train, RateSearch search) {
        return new RateTest(options, plugins, world, search).run(module, train);
    }

    @Override
    public BatchFindings batch(
            TrainingModule module,
            List<Dataset.Field> train,
            @Nullable List<Dataset.Field> validation,
            BatchSearch search) {
        BatchFinder finder = new BatchFinder(
                options,
                plugins.strategy(options.strategy().name()).strategy(PluginKind.STRATEGY.options(options.strategy())),
                plugins.accelerator(options.accelerator().name())
                        .planner(PluginKind.ACCELERATOR.options(options.accelerator())),
                world == null ? options.ranks().count() : world.size(),
                search,
                listener);
        return finder.find(module, train, validation);
    }
}
