package dev.javelin.spi.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory of the host from which and to which a device copies, with one owner, who closes it when no copy is under way.
 * Any thread may use it.
 */
public interface HostMemory extends AutoCloseable {

    /** All of it, aligned as the device's memory. */
    MemorySegment segment();

    @Override
    void close();

    /** Ordinary native memory. The contents are zero. */
    static HostMemory plain(long bytes, long alignmentBytes) {
        Arena arena = Arena.ofShared();
        MemorySegment segment =
                arena.allocate(Math.max(1, bytes), alignmentBytes).asSlice(0, bytes);
        return new HostMemory() {
            @Override
            public MemorySegment segment() {
                return segment;
            }

            @Override
            public void close() {
                if (arena.scope().isAlive()) {
                    arena.close();
                }
            }
        };
    }
}
