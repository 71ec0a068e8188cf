package dev.javelin.spi.device;

import java.util.Set;

/**
 * What the engine must know of a kernel to place and estimate it.
 *
 * @param workspaceBytes scratch memory that a launch needs, aligned like all memory, contents undefined
 * @param mayAlias pairs (output, input) that may share memory exactly: the engine uses them to work in place when the
 *     input is not read again
 * @param flops floating-point operations of a launch
 * @param bytes memory traffic of a launch
 */
public record KernelPlan(long workspaceBytes, Set<Alias> mayAlias, double flops, double bytes) {
    public KernelPlan {
        mayAlias = Set.copyOf(mayAlias);
    }

    /** A kernel without workspace that never works in place. */
    public static KernelPlan of(double flops, double bytes) {
        return new KernelPlan(0, Set.of(), flops, bytes);
    }

    public KernelPlan withWorkspaceBytes(long bytesNeeded) {
        return new KernelPlan(bytesNeeded, mayAlias, flops, bytes);
    }

    public KernelPlan withMayAlias(Alias... pairs) {
        return new KernelPlan(workspaceBytes, Set.of(pairs), flops, bytes);
    }

    /** Output and input, by index, that may lie at one address (types of equal size). */
    public record Alias(int output, int input) {}
}
