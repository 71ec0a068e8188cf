import dev.javelin.cluster.environments.KubernetesProvider;
import dev.javelin.cluster.environments.OpenMpiProvider;
import dev.javelin.cluster.environments.SlurmProvider;
import dev.javelin.cluster.environments.TorchrunProvider;
import dev.javelin.spi.cluster.ClusterProvider;

/** Places of processes that Slurm, Open MPI, torchrun or Kubernetes started. */
module dev.javelin.cluster.environments {
    requires transitive dev.javelin.spi;

    provides ClusterProvider with
            SlurmProvider,
            OpenMpiProvider,
            TorchrunProvider,
            KubernetesProvider;
}
