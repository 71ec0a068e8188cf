package dev.javelin.tck.communicator;

import dev.javelin.api.DType;

/**
 * What one rank brings to a collective of the reference.
 *
 * @param count elements of sums, bytes of all else; color of a split
 * @param root of a broadcast; key of a split
 */
record Offer(Kind kind, long ticket, long from, long to, long count, DType dtype, int root) {
    enum Kind {
        JOIN,
        ALL_GATHER,
        REDUCE_SCATTER,
        ALL_REDUCE,
        ALL_TO_ALL,
        BROADCAST,
        BARRIER,
        SPLIT,
        ALLOCATE
    }

    static Offer of(Kind kind, long ticket) {
        return new Offer(kind, ticket, 0, 0, 0, DType.UINT8, 0);
    }
}
