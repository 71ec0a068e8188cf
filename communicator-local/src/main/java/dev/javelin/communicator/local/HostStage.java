package dev.javelin.communicator.local;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Host memory in which a rank stages a buffer of its device; it grows with the largest one. */
final class HostStage implements AutoCloseable {
    /** The last is the largest; queues may still use those before, so they are kept. */
    private final List<HostMemory> memories = new ArrayList<>();

    private long most;

    /** So many bytes, the same as long as they suffice. */
    MemorySegment of(Accelerator device, long bytes) {
        if (most < bytes) {
            most = Math.max(bytes, 2 * most);
            memories.add(device.hostMemory(most, "sums over ranks"));
        }
        return memories.getLast().segment().asSlice(0, bytes);
    }

    /** To be called when no queue uses it any more. */
    @Override
    public void close() {
        memories.forEach(HostMemory::close);
        memories.clear();
        most = 0;
    }
}
