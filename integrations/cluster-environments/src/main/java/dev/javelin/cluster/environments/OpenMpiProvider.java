package dev.javelin.cluster.environments;

import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import java.util.Map;
import java.util.Optional;

/**
 * Open MPI, versions 4 and 5: processes that {@code mpirun} started. It does not tell where rank 0 is, so that on several
 * hosts the user gives the rendezvous address; on one host it is that host.
 *
 * <p>Source: Open MPI's documentation, "Environment variables set in launched MPI processes"; PMIx's PMIX_NAMESPACE names
 * the job.
 */
public final class OpenMpiProvider implements ClusterProvider {
    private static final String SIZE = "OMPI_COMM_WORLD_SIZE";

    static boolean started(Variables variables) {
        return variables.has(SIZE) || variables.has("OMPI_COMM_WORLD_RANK");
    }

    @Override
    public String name() {
        return "openmpi";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("processes started by mpirun");
    }

    @Override
    public Optional<ClusterPlace> place(Map<String, String> environment) {
        Variables variables = new Variables("Open MPI", environment);
        if (!started(variables) || TorchrunProvider.started(variables)) {
            return Optional.empty();
        }
        int rank = variables.number("OMPI_COMM_WORLD_RANK");
        int size = variables.number(SIZE);
        if (variables.has("PMIX_RANK") && variables.number("PMIX_RANK") != rank) {
            throw variables.error(
                    "OMPI_COMM_WORLD_RANK is " + rank + ", but PMIX_RANK is " + variables.number("PMIX_RANK"));
        }
        String job = "openmpi-" + variables.require(variables.first("OMPI_MCA_ess_base_jobid", "PMIX_NAMESPACE"));
        ClusterPlace place = ClusterPlace.of(job, rank, size)
                .withLocal(
                        variables.number("OMPI_COMM_WORLD_LOCAL_RANK"), variables.number("OMPI_COMM_WORLD_LOCAL_SIZE"));
        return Optional.of(place.localProcesses() == size ? place.withRendezvous("127.0.0.1", Ports.of(job)) : place);
    }
}
