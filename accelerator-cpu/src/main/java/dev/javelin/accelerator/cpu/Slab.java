package dev.javelin.accelerator.cpu;

import java.lang.foreign.Arena;

/**
 * Memory from the operating system.
 *
 * @param address first byte
 * @param arena that gives it back
 */
record Slab(long address, Arena arena) implements AutoCloseable {
    /** Reserves memory with this alignment; the contents are undefined. */
    static Slab of(long bytes, long alignmentBytes) {
        Arena arena = Arena.ofShared();
        return new Slab(arena.allocate(Math.max(bytes, 1), alignmentBytes).address(), arena);
    }

    @Override
    public void close() {
        arena.close();
    }
}
