package dev.javelin.communicator.tcp;

import dev.javelin.api.DType;
import java.nio.ByteBuffer;

/**
 * What goes ahead of a call's bytes, from each rank to each peer that takes part: what the rank does. Equal on all ranks,
 * or they disagree.
 *
 * @param kind of call
 * @param dtype of the elements that are added; the ordinal of {@link DType}, -1 where nothing is added
 * @param root of a broadcast, -1 elsewhere
 * @param group number of the group, equal on its members and different from other groups'
 * @param sequence number of the message between the two ranks, from 0
 * @param ticket of the call
 * @param size bytes, or elements where they are added
 */
record Header(Kind kind, int dtype, int root, long group, long sequence, long ticket, long size) {
    /** Length on the wire. */
    static final int BYTES = 48;

    private static final int MAGIC = 0x4a564c31; // "JVL1"

    /** The calls, and GOODBYE, the last message of a rank that leaves: its size is that of the reason behind it. */
    enum Kind {
        ALL_GATHER("allGather"),
        REDUCE_SCATTER("reduceScatter"),
        ALL_REDUCE("allReduce"),
        ALL_TO_ALL("allToAll"),
        BROADCAST("broadcast"),
        SEND("send"),
        BARRIER("barrier"),
        GOODBYE("goodbye");

        private static final Kind[] ALL = values();
        private final String call;

        Kind(String call) {
            this.call = call;
        }

        String call() {
            return call;
        }
    }

    static Header of(Kind kind, long group, long ticket, long size) {
        return new Header(kind, -1, -1, group, 0, ticket, size);
    }

    /** The last message: of a rank that failed or was aborted, or of one that has done its work. */
    static Header goodbye(boolean failed, long reasonBytes) {
        return of(Kind.GOODBYE, 0, failed ? 1 : 0, reasonBytes);
    }

    boolean isGoodbye() {
        return kind == Kind.GOODBYE;
    }

    boolean isFailure() {
        return kind == Kind.GOODBYE && ticket == 1;
    }

    Header withDtype(DType type) {
        return new Header(kind, type.ordinal(), root, group, sequence, ticket, size);
    }

    Header withRoot(int rank) {
        return new Header(kind, dtype, rank, group, sequence, ticket, size);
    }

    Header withSequence(long number) {
        return new Header(kind, dtype, root, group, number, ticket, size);
    }

    void write(ByteBuffer out) {
        out.putInt(MAGIC).putInt(kind.ordinal()).putInt(dtype).putInt(root);
        out.putLong(group).putLong(sequence).putLong(ticket).putLong(size);
    }

    /**
     * Reads a header.
     *
     * @throws IllegalArgumentException if these bytes are none, or not the message that is due
     */
    static Header read(ByteBuffer in, long sequence) {
        int magic = in.getInt();
        int kind = in.getInt();
        if (magic != MAGIC || kind < 0 || kind >= Kind.ALL.length) {
            throw new IllegalArgumentException(
                    String.format("%08x %08x, expected %08x and a kind of call", magic, kind, MAGIC));
        }
        Header header = new Header(
                Kind.ALL[kind], in.getInt(), in.getInt(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
        if (header.sequence != sequence) {
            throw new IllegalArgumentException("message " + header.sequence + ", expected message " + sequence);
        }
        return header;
    }

    /** Whether both are the same call; the message's number counts for nothing. */
    boolean agrees(Header other) {
        return kind == other.kind
                && dtype == other.dtype
                && root == other.root
                && group == other.group
                && ticket == other.ticket
                && size == other.size;
    }

    /** For example {@code allReduce of 4096 F32 (ticket 17)}. */
    @Override
    public String toString() {
        DType[] types = DType.values();
        String unit = dtype >= 0 && dtype < types.length ? types[dtype].label() : "bytes";
        String what = kind == Kind.BARRIER ? "" : " of " + size + " " + unit;
        return kind.call() + what + (root >= 0 ? " from rank " + root : "") + " (ticket " + ticket
                + (group == 0 ? ")" : ", group " + Long.toHexString(group) + ")");
    }
}
