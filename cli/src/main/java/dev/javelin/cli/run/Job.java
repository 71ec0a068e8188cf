package dev.javelin.cli.run;

import dev.javelin.api.Dataset;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.Strategy;
import java.util.List;

/** A configured training, compiled but not run: what {@code explain} shows and {@code bench} measures. */
public final class Job {
    private final RunConfig config;
    private final PluginRegistry plugins;

    public Job(RunConfig config, PluginRegistry plugins) {
        this.config = config;
        this.plugins = plugins;
    }

    /** Compiles training and validation for the configured accelerator and strategy; touches no device. */
    public Compilation compile() {
        return compile(DataSource.of(config).completed().model().module());
    }

    private Compilation compile(TrainingModule module) {
        requirePlugins();
        List<Dataset.Field> fields = DataSource.of(config).fields();
        CompileOptions compile = CompileOptions.of(
                config.trainerOptions(),
                fields,
                config.data().validates() ? fields : null,
                config.trainerOptions().ranks().count());
        return Compilation.compile(module, compile, strategy(), accelerator().planner(acceleratorOptions()));
    }

    /**
     * Looks whether all plugins that are named or have options are there, and whether the chosen strategy and accelerator
     * take theirs.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-PLG-...} or {@code JVL-CFG-...} if not
     */
    public void requirePlugins() {
        config.strategy().names().forEach(plugins::strategy);
        config.accelerator().names().forEach(plugins::accelerator);
        config.communicator().names().forEach(plugins::communicator);
        if (config.trainerOptions().ranks().count() > 1) {
            plugins.communicator(config.communicatorPlugin().name());
        }
        strategy();
        accelerator().planner(acceleratorOptions());
    }

    public Strategy strategy() {
        Plugin plugin = config.trainerOptions().strategy();
        return plugins.strategy(plugin.name()).strategy(PluginKind.STRATEGY.options(plugin));
    }

    public AcceleratorProvider accelerator() {
        return plugins.accelerator(config.trainer().accelerator());
    }

    public Options acceleratorOptions() {
        return PluginKind.ACCELERATOR.options(config.acceleratorPlugin());
    }
}
