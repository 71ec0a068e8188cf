/**
 * Clusters whose engines start Javelin's processes: Slurm, Open MPI's mpirun, torchrun and its like, indexed Jobs of
 * Kubernetes. Each provider reads the variables that its engine really sets and says which process of how many this is.
 *
 * <p>Reading order: {@link dev.javelin.cluster.environments.SlurmProvider}, then the others;
 * {@link dev.javelin.cluster.environments.HostList} and {@link dev.javelin.cluster.environments.Ports} serve them.
 *
 * <p>Engines start each other (mpirun in an allocation of Slurm, torchrun under srun, either in pods), and each leaves its
 * variables: the innermost counts, and the providers of the others step back, so that at most one of them answers.
 *
 * <p>All are pure functions of the environment; any thread may use them. Errors: {@code JVL-CLU-0001} for variables that
 * are missing or contradict each other.
 */
@NullMarked
package dev.javelin.cluster.environments;

import org.jspecify.annotations.NullMarked;
