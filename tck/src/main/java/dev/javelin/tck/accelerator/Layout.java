package dev.javelin.tck.accelerator;

import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.device.QueueRole;
import java.util.Set;

/**
 * How a trial's buffers lie in memory.
 *
 * @param poison what lies in outputs, workspace and guards before: 0 for all ones (a NaN in every floating type), else the
 *     seed of random bytes
 * @param lead bytes before the first buffer, a multiple of the alignment
 * @param unaligned whether inputs begin one element behind an aligned address, as views do
 * @param role of the queue that it runs on
 * @param shared outputs that lie in the memory of inputs
 */
record Layout(long poison, long lead, boolean unaligned, QueueRole role, Set<Alias> shared) {

    static Layout usual() {
        return new Layout(0, 0, false, QueueRole.COMPUTE, Set.of());
    }

    Layout withPoison(long seed) {
        return new Layout(seed, lead, unaligned, role, shared);
    }

    Layout withLead(long bytes) {
        return new Layout(poison, bytes, unaligned, role, shared);
    }

    Layout withUnaligned() {
        return new Layout(poison, lead, true, role, shared);
    }

    Layout withRole(QueueRole other) {
        return new Layout(poison, lead, unaligned, other, shared);
    }

    Layout withShared(Set<Alias> aliases) {
        return new Layout(poison, lead, unaligned, role, aliases);
    }
}
