package dev.javelin.accelerator.cpu;

import java.lang.foreign.Arena;

/**
 * Memory from the operating system; the contents are undefined.
 *
 * @param address first byte
 * @param release gives it back
 */
record Slab(long address, Runnable release) implements AutoCloseable {
    private static final long HUGE_PAGE = 2L << 20;
    /** From this size on, a slab is mapped by itself, in huge pages. */
    private static final long MAPPED_BYTES = 2 * HUGE_PAGE;

    /**
     * Small memory from an arena; a large slab mapped at a huge page's border, with the advice to use huge pages: it
     * saves most page faults and address translations.
     *
     * @throws OutOfMemoryError if there is no more
     */
    static Slab of(long bytes, long alignmentBytes) {
        if (bytes >= MAPPED_BYTES && Libc.present()) {
            return mapped(bytes);
        }
        Arena arena = Arena.ofShared();
        return new Slab(arena.allocate(Math.max(bytes, 1), alignmentBytes).address(), arena::close);
    }

    private static Slab mapped(long bytes) {
        if (bytes > Long.MAX_VALUE - 2 * HUGE_PAGE) {
            throw new OutOfMemoryError(bytes + " bytes are more than an address space");
        }
        Libc libc = new Libc();
        long length = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        long mapped = libc.mmap(
                0, length + HUGE_PAGE, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        long address = (mapped + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        libc.madvise(address, length, Libc.MADV_HUGEPAGE); // only advice: without it the slab is slower, not wrong
        return new Slab(address, () -> libc.munmap(mapped, length + HUGE_PAGE));
    }

    @Override
    public void close() {
        release.run();
    }
}
