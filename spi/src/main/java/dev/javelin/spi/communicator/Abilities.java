package dev.javelin.spi.communicator;

import dev.javelin.api.DType;
import java.util.Set;

/**
 * What a communicator can do. Start from {@link #of}; the canonical constructor is not part of the contract.
 *
 * @param treeSums whether sums follow the balanced binary tree over the ranks, and so have the same bits as those of
 *     every other communicator that does
 * @param threads whether ranks may be threads of one JVM
 * @param processes whether ranks may be processes of one host
 * @param hosts whether ranks may be on several hosts
 * @param sums element types that it adds
 */
public record Abilities(boolean treeSums, boolean threads, boolean processes, boolean hosts, Set<DType> sums) {
    public Abilities {
        sums = Set.copyOf(sums);
    }

    /** Tree sums of these types over ranks of every kind. */
    public static Abilities of(Set<DType> sums) {
        return new Abilities(true, true, true, true, sums);
    }

    public Abilities withTreeSums(boolean can) {
        return new Abilities(can, threads, processes, hosts, sums);
    }

    public Abilities withThreads(boolean can) {
        return new Abilities(treeSums, can, processes, hosts, sums);
    }

    public Abilities withProcesses(boolean can) {
        return new Abilities(treeSums, threads, can, hosts, sums);
    }

    public Abilities withHosts(boolean can) {
        return new Abilities(treeSums, threads, processes, can, sums);
    }
}
