package dev.javelin.cluster.environments;

import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import java.util.Map;
import java.util.Optional;

/**
 * Kubernetes: pods of an indexed Job, one process each. The Job tells each pod its index and names it after the Job and
 * the index; it does not tell how many pods there are, so that the pod's template sets WORLD_SIZE to the Job's
 * {@code completions}. The pods find pod 0 by a headless service: one that has the Job's name, or any other of which the
 * template sets pod 0's name as MASTER_ADDR.
 *
 * <p>Source: Kubernetes' documentation, "Jobs", section "Completion mode", and "Job with Pod-to-Pod Communication".
 */
public final class KubernetesProvider implements ClusterProvider {
    private static final String INDEX = "JOB_COMPLETION_INDEX";

    @Override
    public String name() {
        return "kubernetes";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("pods of an indexed Job");
    }

    @Override
    public Optional<ClusterPlace> place(Map<String, String> environment) {
        Variables variables = new Variables("Kubernetes", environment);
        // A launcher that runs inside of the pods knows more.
        if (!variables.has(INDEX) || TorchrunProvider.started(variables) || OpenMpiProvider.started(variables)) {
            return Optional.empty();
        }
        int index = variables.number(INDEX);
        if (!variables.has("WORLD_SIZE")) {
            throw variables.error(
                    "WORLD_SIZE is not set, which an indexed Job does not do by itself: set it in the pod's"
                            + " template to the Job's completions");
        }
        String job = job(variables, index);
        String host = variables.text("MASTER_ADDR").orElse(job + "-0." + job);
        String name = "kubernetes-" + job;
        return Optional.of(ClusterPlace.of(name, index, variables.number("WORLD_SIZE"))
                .withLocal(0, 1)
                .withRendezvous(host, variables.number("MASTER_PORT", Ports.of(name))));
    }

    /** The Job's name: that of the pod without its index. */
    private static String job(Variables variables, int index) {
        String host = variables.require("HOSTNAME");
        String ending = "-" + index;
        if (!host.endsWith(ending) || host.length() == ending.length()) {
            throw variables.error("HOSTNAME is '" + host + "', expected the Job's name and '" + ending + "'");
        }
        return host.substring(0, host.length() - ending.length());
    }
}
