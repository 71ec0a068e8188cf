package dev.javelin.communicator.local;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Disagreement;

/** Who of the members of a group does another thing than the others, in words. */
final class Mismatch {
    private static final Kind[] KINDS = Kind.values();
    private static final DType[] TYPES = DType.values();

    private Mismatch() {}

    /** Detail of a call with an element type. */
    static int of(DType dtype) {
        return dtype.ordinal() + 1;
    }

    /** Detail of a call with a root or a peer. */
    static int of(int rank) {
        return rank << 8;
    }

    static long operation(Kind kind, int detail) {
        return (long) detail << 8 | kind.ordinal();
    }

    private record What(long operation, long count, long ticket) {
        static What at(long line) {
            return new What(
                    Words.read(line + Region.CALL_OPERATION),
                    Words.read(line + Region.CALL_COUNT),
                    Words.read(line + Region.CALL_TICKET));
        }

        /** For example {@code allReduce of 1024 F32, ticket 7}. */
        @Override
        public String toString() {
            Kind kind = KINDS[(int) (operation & 0xff)];
            int dtype = (int) (operation >> 8 & 0xff);
            long root = operation >> 16;
            String text = kind.label();
            if (kind != Kind.BARRIER && kind != Kind.SPLIT) {
                text += " of " + count + " " + (dtype == 0 ? "bytes" : TYPES[dtype - 1].label());
            }
            if (kind == Kind.BROADCAST) {
                text += " from rank " + root;
            }
            return text + ", ticket " + ticket;
        }
    }

    /**
     * The error of this rank: it names the first member that differs from what most do; where there are as many of one
     * kind as of another, the first that differs from this rank. Where it is this rank that differs, it is the one named
     * here too, as its peers name it.
     */
    static Disagreement among(Group group) {
        int size = group.size();
        What[] calls = new What[size];
        for (int member = 0; member < size; member++) {
            calls[member] = What.at(group.line(member));
        }
        int self = group.rank();
        int most = alike(calls, self);
        int norm = self;
        for (int member = 0; member < size; member++) {
            if (alike(calls, member) > most) {
                norm = member;
                most = alike(calls, member);
            }
        }
        int other = 0;
        while (calls[other].equals(calls[norm])) {
            other++;
        }
        if (norm != self) {
            other = self;
        }
        return new Disagreement(
                norm,
                calls[norm].ticket(),
                other,
                calls[other].ticket(),
                "rank " + other + " calls " + calls[other] + ", where rank " + norm
                        + (most > 1 && 2 * most > size ? " and most others call " : " calls ") + calls[norm]);
    }

    private static int alike(What[] calls, int member) {
        int count = 0;
        for (What call : calls) {
            if (call.equals(calls[member])) {
                count++;
            }
        }
        return count;
    }
}
