package dev.javelin.communicator.local;

/**
 * Where a buffer is, in words that mean the same to all ranks.
 *
 * @param segment {@link Reach#NOWHERE} if peers cannot reach it
 * @param offset in the segment
 */
record Place(long segment, long offset) {
    static final Place NONE = new Place(0, 0);

    static Place of(Reach reach, Group group, long address, long bytes) {
        long segment = reach.segment(group, address, bytes);
        return segment == Reach.NOWHERE ? new Place(segment, 0) : new Place(segment, reach.offset(segment, address));
    }
}
