package dev.javelin.engine;

/**
 * One rank's share of so many rows: a run of them, in the order of ranks; the first ranks have one more where the ranks
 * do not divide the rows.
 *
 * @param first index of its first row
 * @param rows how many it has; may be 0
 */
public record Share(long first, long rows) {

    /** The share of a rank. */
    public static Share of(long rows, int rank, int ranks) {
        long least = rows / ranks;
        long longer = rows % ranks;
        return new Share(rank * least + Math.min(rank, longer), least + (rank < longer ? 1 : 0));
    }

    /** The rows of the longest share, which all are padded to. */
    public static long most(long rows, int ranks) {
        return Math.ceilDiv(rows, ranks);
    }
}
