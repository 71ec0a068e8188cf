package dev.javelin.communicator.host;

import java.lang.foreign.MemorySegment;

/** All memory of the process, by address. */
public final class HostMemory {
    /** Offset n is address n. No bounds are checked: an address that is not ours ends the process. */
    @SuppressWarnings("restricted")
    public static final MemorySegment ALL = MemorySegment.ofAddress(0).reinterpret(Long.MAX_VALUE);

    private HostMemory() {}

    /** Copies bytes; the ranges may overlap. */
    public static void copy(long source, long target, long bytes) {
        MemorySegment.copy(ALL, source, ALL, target, bytes);
    }
}
