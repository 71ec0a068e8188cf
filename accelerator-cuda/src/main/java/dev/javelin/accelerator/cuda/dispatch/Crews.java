package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;

/**
 * How the rows of a matrix are dealt to threads: a crew for each row, {@code Crew} of {@code rows.cuh}. Fixed by width and
 * type alone.
 *
 * @param size threads of a crew, a power of two from 4 on
 * @param threads of a block
 */
record Crews(int size, int threads) {
    private static final int FEWEST = 4;
    private static final int BLOCK = 256;
    private static final int VECTOR_BYTES = 16;

    /**
     * Crews so large that no thread has more than so many vectors of 16 bytes, if {@code most} threads are enough for
     * that.
     *
     * @param most threads of a crew, a power of two
     */
    static Crews of(DType dtype, long width, int vectors, int most) {
        long all = vectors(dtype, width);
        int size = FEWEST;
        while (size < most && (long) size * vectors < all) {
            size *= 2;
        }
        return new Crews(size, Math.max(size, BLOCK));
    }

    /** Vectors of 16 bytes that a row has at most: one of odd width begins within a vector. */
    static long vectors(DType dtype, long width) {
        long lanes = VECTOR_BYTES / dtype.bytes();
        return Math.ceilDiv(width, lanes) + (width % lanes == 0 ? 0 : 1);
    }

    /**
     * How many vectors of a row shared memory of so many bytes has room for, beside those of the block's other rows; no
     * more than the row has.
     */
    long kept(DType dtype, long width, long bytes) {
        return Math.min(vectors(dtype, width), bytes / VECTOR_BYTES / perBlock());
    }

    /** Bytes of so many vectors of each row of a block. */
    int bytes(long vectors) {
        return Math.toIntExact(vectors * VECTOR_BYTES * perBlock());
    }

    /** Crews of a block. */
    int perBlock() {
        return threads / size;
    }

    /** A launch with a crew for each row. */
    Launch over(Launch launch, long rows) {
        return launch.block(threads).grid(Math.ceilDiv(rows, perBlock()));
    }
}
