package dev.javelin.communicator.local;

/**
 * Elements cut into one range per rank, in order, each beginning at a multiple of so many elements: equally long where
 * that can be; the last ranks may have less or nothing.
 *
 * @param elements in all
 * @param ranks at least 1
 * @param unit of elements, at least 1
 */
record AlignedShares(long elements, int ranks, long unit) {

    /** First element of a rank's share. */
    long begin(int rank) {
        return Math.min(elements, rank * each());
    }

    /** Number of elements in a rank's share; may be zero. */
    long count(int rank) {
        return Math.min(each(), elements - begin(rank));
    }

    private long each() {
        long units = Math.ceilDiv(elements, unit);
        return Math.ceilDiv(units, ranks) * unit;
    }
}
