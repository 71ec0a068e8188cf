package dev.javelin.engine.plugin;

import dev.javelin.api.trainer.Plugin;
import dev.javelin.spi.Options;
import dev.javelin.spi.PluginProvider;
import dev.javelin.spi.cluster.ClusterProvider;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.StrategyProvider;

/** What a plugin can be. */
public enum PluginKind {
    ACCELERATOR("accelerator", AcceleratorProvider.class),
    STRATEGY("strategy", StrategyProvider.class),
    COMMUNICATOR("communicator", CommunicatorProvider.class),
    CLUSTER("cluster", ClusterProvider.class);

    private final String label;
    private final Class<? extends PluginProvider> service;

    PluginKind(String label, Class<? extends PluginProvider> service) {
        this.label = label;
        this.service = service;
    }

    /** Name for people and in configuration, for example {@code accelerator}. */
    public String label() {
        return label;
    }

    /** The options of a plugin of this kind, which errors call for example {@code accelerator.cpu.threads}. */
    public Options options(Plugin plugin) {
        return new Options(label + "." + plugin.name(), plugin.options());
    }

    /** The service that such a plugin provides. */
    public Class<? extends PluginProvider> service() {
        return service;
    }
}
