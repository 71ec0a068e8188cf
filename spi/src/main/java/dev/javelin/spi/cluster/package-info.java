/**
 * Clusters. A {@link dev.javelin.spi.cluster.ClusterProvider} recognises the engine that started this process (Slurm, an
 * MPI launcher, Kubernetes, torchrun) by its environment and says which process of how many it is: a
 * {@link dev.javelin.spi.cluster.ClusterPlace}. The engine asks each provider in turn; the ranks then find each other
 * through the rendezvous address.
 *
 * <p>All types are immutable; any thread may use them.
 */
@NullMarked
package dev.javelin.spi.cluster;

import org.jspecify.annotations.NullMarked;
