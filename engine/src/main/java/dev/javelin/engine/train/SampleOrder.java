package dev.javelin.engine.train;

import dev.javelin.api.Philox;

/**
 * Which row is the s-th sample of a run: every epoch is a permutation of the rows, a pure function of (seed, epoch).
 *
 * <p>The permutation is computed, not stored: a Feistel network over the next power of four, walked until it falls inside
 * the rows, so that a data set of any size needs no memory for its order and a run can start at any sample.
 *
 * <p>Source: Black, Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, section 3 (cycle walking) over the
 * network of Luby and Rackoff.
 */
public final class SampleOrder {
    private static final int ROUNDS = 6;
    private static final long STREAM = 0x6A09E667F3BCC909L;

    private final long seed;
    private final long rows;
    private final int halfBits;

    /**
     * @param rows number of rows, at least 1
     */
    public SampleOrder(long seed, long rows) {
        if (rows < 1) {
            throw new IllegalArgumentException(rows + " rows");
        }
        this.seed = seed;
        this.rows = rows;
        int bits = Long.SIZE - Long.numberOfLeadingZeros(rows - 1);
        halfBits = Math.max(1, (bits + 1) / 2);
    }

    /** The row of sample {@code sample}, counted from 0 over all epochs. */
    public long row(long sample) {
        long key = Philox.mix(Philox.mix(seed ^ STREAM) + epoch(sample));
        long at = index(sample);
        do {
            at = permute(at, key);
        } while (at >= rows);
        return at;
    }

    /** The epoch that a sample belongs to, from 0. */
    public long epoch(long sample) {
        return sample / rows;
    }

    /** The place of a sample within its epoch. */
    public long index(long sample) {
        return sample % rows;
    }

    private long permute(long value, long key) {
        long mask = (1L << halfBits) - 1;
        long left = value >>> halfBits;
        long right = value & mask;
        for (int round = 0; round < ROUNDS; round++) {
            long next = left ^ (Philox.mix(right + Philox.mix(key + round)) & mask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }
}
