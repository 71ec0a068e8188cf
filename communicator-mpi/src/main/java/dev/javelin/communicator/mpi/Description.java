package dev.javelin.communicator.mpi;

import dev.javelin.api.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A call in so few bytes that the ranks can compare theirs ahead of it.
 *
 * @param kind of call
 * @param dtype ordinal of the type of the elements that are added, -1 if none are
 * @param root of a broadcast, -1 elsewhere
 * @param size in bytes, or in elements where they are added
 */
record Description(Kind kind, int dtype, int root, long size, long ticket) {
    static final long BYTES = 32;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /** The calls, by the names that they have for users. */
    enum Kind {
        ALL_GATHER("allGather"),
        REDUCE_SCATTER("reduceScatter"),
        ALL_REDUCE("allReduce"),
        ALL_TO_ALL("allToAll"),
        BROADCAST("broadcast"),
        SEND("send"),
        BARRIER("barrier"),
        SPLIT("split");

        private static final Kind[] ALL = values();
        private final String call;

        Kind(String call) {
            this.call = call;
        }

        String call() {
            return call;
        }
    }

    static Description of(Kind kind, long size, long ticket) {
        return new Description(kind, -1, -1, size, ticket);
    }

    Description withDtype(DType type) {
        return new Description(kind, type.ordinal(), root, size, ticket);
    }

    Description withRoot(int rank) {
        return new Description(kind, dtype, rank, size, ticket);
    }

    void write(MemorySegment target) {
        target.set(INT, 0, kind.ordinal());
        target.set(INT, 4, dtype);
        target.set(INT, 8, root);
        target.set(INT, 12, 0);
        target.set(LONG, 16, size);
        target.set(LONG, 24, ticket);
    }

    static Description read(MemorySegment source) {
        return new Description(
                Kind.ALL[source.get(INT, 0)],
                source.get(INT, 4),
                source.get(INT, 8),
                source.get(LONG, 16),
                source.get(LONG, 24));
    }

    /** For example {@code allReduce of 4096 F32 (ticket 17)}. */
    @Override
    public String toString() {
        String what = kind == Kind.BARRIER || kind == Kind.SPLIT
                ? ""
                : " of " + size + " " + (dtype < 0 ? "bytes" : DType.values()[dtype].label());
        return kind.call() + what + (root < 0 ? "" : " from rank " + root) + " (ticket " + ticket + ")";
    }
}
