package dev.javelin.cluster.environments;

import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import java.util.Map;
import java.util.Optional;

/**
 * The variables of torchrun, which other engines set too (Kubeflow, Ray, Azure ML): RANK and WORLD_SIZE, MASTER_ADDR and
 * MASTER_PORT, and, unless each process has a host to itself, LOCAL_RANK and LOCAL_WORLD_SIZE.
 *
 * <p>MASTER_PORT is taken where torchrun's own agent keeps a store there (TORCHELASTIC_USE_AGENT_STORE): then the port is
 * derived from it and from the run's name.
 *
 * <p>Source: PyTorch's documentation of torchrun, "Environment Variables".
 */
public final class TorchrunProvider implements ClusterProvider {

    static boolean started(Variables variables) {
        return variables.has("RANK") && variables.has("WORLD_SIZE");
    }

    @Override
    public String name() {
        return "torchrun";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("processes with RANK and WORLD_SIZE in their environment");
    }

    @Override
    public Optional<ClusterPlace> place(Map<String, String> environment) {
        Variables variables = new Variables("torchrun", environment);
        if (!started(variables)) {
            return Optional.empty();
        }
        boolean local = variables.has("LOCAL_RANK") || variables.has("LOCAL_WORLD_SIZE");
        int port = variables.number("MASTER_PORT");
        String host = variables.require("MASTER_ADDR");
        String job = "torchrun-" + variables.text("TORCHELASTIC_RUN_ID").orElse("run") + "-" + host + "-" + port;
        boolean taken = variables
                .text("TORCHELASTIC_USE_AGENT_STORE")
                .filter(text -> text.equalsIgnoreCase("true"))
                .isPresent();
        if (port < 1 || port > 65_535) {
            throw variables.error("MASTER_PORT is " + port + ", expected 1 to 65535");
        }
        return Optional.of(ClusterPlace.of(job, variables.number("RANK"), variables.number("WORLD_SIZE"))
                .withLocal(local ? variables.number("LOCAL_RANK") : 0, local ? variables.number("LOCAL_WORLD_SIZE") : 1)
                .withRendezvous(host, taken ? Ports.of(job) : port));
    }
}
