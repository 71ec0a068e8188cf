package dev.javelin.communicator.nccl;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Disagreement;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a rank says when the ranks meet: what it calls, and what else the others need.
 *
 * @param detail element type plus one, or root times 256
 * @param more for example NCCL's unique id
 */
record Line(Kind kind, long count, int detail, long ticket, byte[] more) {
    private static final DType[] TYPES = DType.values();
    private static final byte[] NOTHING = new byte[0];

    /** What is called. */
    enum Kind {
        JOIN("join"),
        BEGIN("the making of NCCL's communicator"),
        ALLOCATE("allocate"),
        SPLIT("split"),
        ALL_GATHER("allGather"),
        REDUCE_SCATTER("reduceScatter"),
        ALL_REDUCE("allReduce"),
        ALL_TO_ALL("allToAll"),
        BROADCAST("broadcast"),
        BARRIER("barrier"),
        SEND("send"),
        RECV("recv");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        boolean message() {
            return this == SEND || this == RECV;
        }
    }

    static Line of(Kind kind, long count, long ticket) {
        return new Line(kind, count, 0, ticket, NOTHING);
    }

    Line withType(DType dtype) {
        return new Line(kind, count, dtype.ordinal() + 1, ticket, more);
    }

    Line withRoot(int root) {
        return new Line(kind, count, root << 8, ticket, more);
    }

    Line withMore(byte[] bytes) {
        return new Line(kind, count, detail, ticket, bytes);
    }

    byte[] bytes() {
        return ByteBuffer.allocate(24 + more.length)
                .putInt(kind.ordinal())
                .putInt(detail)
                .putLong(count)
                .putLong(ticket)
                .put(more)
                .array();
    }

    static Line of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        Kind kind = Kind.values()[buffer.getInt()];
        int detail = buffer.getInt();
        long count = buffer.getLong();
        long ticket = buffer.getLong();
        byte[] more = new byte[buffer.remaining()];
        buffer.get(more);
        return new Line(kind, count, detail, ticket, more);
    }

    /** Whether two ranks do the same thing, or the two ends of it. */
    private boolean fits(Line other) {
        boolean kinds = kind.message() ? other.kind.message() && kind != other.kind : kind == other.kind;
        return kinds && count == other.count && detail == other.detail && ticket == other.ticket;
    }

    /**
     * The ranks do the same thing, or one of them is named: the first that differs from what most do; of as many of one
     * kind as of another the first that differs from this rank.
     *
     * @param self who asks, within the group
     * @throws Disagreement if they do not
     */
    static void requireAlike(List<Line> lines, int self) {
        int norm = self;
        for (int member = 0; member < lines.size(); member++) {
            if (alike(lines, member) > alike(lines, norm)) {
                norm = member;
            }
        }
        for (int other = 0; other < lines.size(); other++) {
            if (other != norm && !lines.get(other).fits(lines.get(norm))) {
                boolean selfFits = norm == self || lines.get(self).fits(lines.get(norm));
                int named = selfFits ? other : self;
                throw disagreement(lines, norm, named);
            }
        }
    }

    private static int alike(List<Line> lines, int member) {
        int count = 0;
        for (int other = 0; other < lines.size(); other++) {
            count += other == member || lines.get(other).fits(lines.get(member)) ? 1 : 0;
        }
        return count;
    }

    private static Disagreement disagreement(List<Line> lines, int norm, int other) {
        return new Disagreement(
                norm,
                lines.get(norm).ticket,
                other,
                lines.get(other).ticket,
                "rank " + other + " calls " + lines.get(other) + ", where rank " + norm + " calls " + lines.get(norm));
    }

    /** For example {@code allReduce of 1024 F32, ticket 7}. */
    @Override
    public String toString() {
        int type = detail & 0xff;
        String text = kind.label;
        if (count > 0) {
            text += " of " + count + " " + (type == 0 ? "bytes" : TYPES[type - 1].label());
        }
        if (kind == Kind.BROADCAST) {
            text += " from rank " + (detail >> 8);
        }
        return text + ", ticket " + ticket;
    }
}
