package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;

/** Cuts ranges into tiles by their length alone. */
final class Tiles {

    /** Elements of a tile of elementwise work: 128 KiB of floats, a few microseconds. */
    static final long ELEMENTS = 1 << 15;

    private Tiles() {}

    /** A loop over the elements {@code from} to {@code to - 1}. */
    @FunctionalInterface
    interface Range {
        void run(long from, long to);
    }

    /** Runs {@code range} over 0 to n - 1 in tiles of {@code size}. */
    static void run(Workers workers, long n, long size, Range range) {
        workers.run(Raw.ceilDiv(n, size), (tile, worker) -> range.run(tile * size, Math.min(n, (tile + 1) * size)));
    }

    /** Runs {@code range} over the rows of a [rows, cols] matrix, about {@link #ELEMENTS} / 2 elements a tile. */
    static void rows(Workers workers, long rows, long cols, Range range) {
        run(workers, rows, Math.max(1, ELEMENTS / 2 / Math.max(1, cols)), range);
    }

    /**
     * Rows of a block of partial sums over a [rows, cols] matrix: at least 32, and at most 64 blocks, so that partial
     * sums stay small.
     */
    static long partialRows(long rows) {
        return Math.max(32, (rows + 63) / 64);
    }

    /** Blocks of {@link #partialRows}. */
    static int partialBlocks(long rows) {
        return Raw.ceilDiv(rows, partialRows(rows));
    }
}
