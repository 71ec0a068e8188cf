package dev.javelin.engine.plugin;

import dev.javelin.spi.Probe;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import java.util.Map;
import java.util.Optional;

/** A cluster's provider behind a guard. */
record GuardedClusterProvider(ClusterProvider provider, PluginGuard guard) implements ClusterProvider {

    @Override
    public String name() {
        return guard.call("name", provider::name);
    }

    @Override
    public int spiMajor() {
        return guard.call("spiMajor", provider::spiMajor);
    }

    @Override
    public Probe probe() {
        return guard.call("probe", provider::probe);
    }

    @Override
    public Optional<ClusterPlace> place(Map<String, String> environment) {
        return guard.call("place", () -> provider.place(environment));
    }
}
