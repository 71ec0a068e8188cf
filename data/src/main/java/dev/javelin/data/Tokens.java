package dev.javelin.data;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A long sequence of token ids, readable anywhere by any thread. */
public interface Tokens {

    /** Number of tokens. */
    long count();

    /** Ids are below this. */
    int vocabulary();

    /** What this is, for messages, for example the path of the files. */
    String name();

    /**
     * Writes tokens {@code from} to {@code from + count} as INT32 in native byte order.
     *
     * @param destination of at least 4 · {@code count} bytes, any alignment
     */
    void read(long from, long count, MemorySegment destination);

    /** The tokens {@code from} (inclusive) to {@code to} (exclusive) of this sequence; no copy. */
    default Tokens range(long from, long to) {
        Objects.checkFromToIndex(from, to, count());
        return new TokenRange(this, from, to);
    }
}
