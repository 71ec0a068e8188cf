package dev.javelin.communicator.local;

/** How a rank sleeps until another one rings. */
interface Bell {
    /** Longest sleep: a sleeper looks up at least four times a second. */
    long SLICE_NANOS = 100_000_000;

    /** Sleeps until a peer rings, for a slice at most; not at all if the word has reached the value. May end early. */
    void sleep(long word, long value);

    /** Wakes a rank of the world if it sleeps. What the caller published before is seen by it. */
    void ring(int rank);
}
