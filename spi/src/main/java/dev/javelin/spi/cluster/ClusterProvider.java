package dev.javelin.spi.cluster;

import dev.javelin.spi.PluginProvider;
import java.util.Map;
import java.util.Optional;

/** Knows a cluster's own engine by the environment that it gives to the processes it starts. */
public interface ClusterProvider extends PluginProvider {

    /**
     * This process's place; empty if this cluster's engine did not start it. Pure, but for files that the environment
     * names.
     *
     * @param environment variables of the process
     * @throws dev.javelin.api.JavelinException {@code JVL-CLU-0001} if the engine did, but its variables contradict each
     *     other or lack what is needed, with what to set
     */
    Optional<ClusterPlace> place(Map<String, String> environment);
}
