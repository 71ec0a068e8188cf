package dev.javelin.tck.communicator;

import java.util.List;

/** What the ranks of one check know of each other beside the communicator. */
interface Crew {

    /** Throws {@link Stopped} if the check is over for all. */
    void requireGoing();

    /** Gives the others bytes and takes theirs, by rank; waits for all. */
    List<byte[]> exchange(int rank, byte[] mine);
}
