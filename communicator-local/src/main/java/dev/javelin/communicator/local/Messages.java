package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.spi.communicator.Disagreement;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Messages from rank to rank. The sender writes a line in its region, which says where the buffer lies; the receiver
 * copies it and writes a receipt in its own, for which the sender waits. A buffer that the receiver cannot reach passes
 * through the sender's window, one piece after the other.
 */
final class Messages {
    private static final int BYTES = 8;
    private static final int TICKET = 16;
    private static final int PLACE = 24;
    private static final int SEGMENT = 32;
    private static final int OFFSET = 40;

    private final Station station;
    private final long[] sent;
    private final long[] received;

    /** Of one rank, to and from all ranks of the world. */
    Messages(Station station) {
        this.station = station;
        this.sent = new long[station.size()];
        this.received = new long[station.size()];
    }

    void send(Group group, int peer, long buffer, long bytes, long ticket) {
        group.requireLive();
        Place at = Place.of(station.reach(), group, buffer, bytes);
        boolean staged = at.segment() == Reach.NOWHERE;
        long piece = staged ? Region.WINDOW_BYTES : bytes;
        long begin = 0;
        do {
            long count = Math.min(piece, bytes - begin);
            if (staged) {
                HostMemory.copy(buffer + begin, window(station.rank()), count);
            }
            offer(group, peer, at, bytes, ticket);
            begin += count;
        } while (begin < bytes);
        group.sent(bytes);
    }

    /** Tells a peer where a buffer is, and waits until it has taken a piece. */
    void offer(Group group, int peer, Place at, long bytes, long ticket) {
        int world = group.world(peer);
        long number = ++sent[world];
        long line = station.region(station.rank()).message(world);
        describe(line, group, bytes, ticket);
        Words.write(line + SEGMENT, at.segment());
        Words.write(line + OFFSET, at.offset());
        Words.publish(line, number);
        group.ring(peer);
        long receipt = station.region(world).receipt(station.rank());
        station.await(receipt, number, group);
        Disagreement disagreement = disagreement(group, peer, line, receipt, Kind.RECV);
        if (disagreement != null) {
            throw disagreement;
        }
    }

    void receive(Group group, int peer, long buffer, long bytes, long ticket) {
        group.requireLive();
        int world = group.world(peer);
        long begin = 0;
        do {
            long from = begin;
            begin += take(group, peer, bytes, ticket, line -> {
                requireOnHost(peer, segment(line));
                boolean staged = segment(line) == Reach.NOWHERE;
                long count = staged ? Math.min(Region.WINDOW_BYTES, bytes - from) : bytes;
                HostMemory.copy(staged ? window(world) : source(world, line), buffer + from, count);
                return count;
            });
        } while (begin < bytes);
    }

    /**
     * Waits for what a peer offers next, takes a piece and gives the receipt.
     *
     * @param taking given the offer's line: takes what it can, and gives how many bytes that were
     */
    long take(Group group, int peer, long bytes, long ticket, LongUnaryOperator taking) {
        int world = group.world(peer);
        long line = station.region(world).message(station.rank());
        long receipt = station.region(station.rank()).receipt(world);
        long number = ++received[world];
        station.await(line, number, group);
        describe(receipt, group, bytes, ticket);
        Disagreement disagreement = disagreement(group, peer, receipt, line, Kind.SEND);
        long count = disagreement == null ? taking.applyAsLong(line) : 0;
        Words.publish(receipt, number);
        group.ring(peer); // and the sender may write the line anew
        if (disagreement != null) {
            throw disagreement;
        }
        return count;
    }

    /** The segment of the buffer that a line offers. */
    static long segment(long line) {
        return Words.read(line + SEGMENT);
    }

    /** Where in its segment that buffer begins. */
    static long offset(long line) {
        return Words.read(line + OFFSET);
    }

    /** Whoever has a buffer in memory of the host cannot take one that is elsewhere. */
    static void requireOnHost(int member, long segment) {
        if (segment == Reach.ON_DEVICE || segment == Reach.ON_DEVICE_TO_HOST) {
            throw new JavelinException(
                    "JVL-COM-0004",
                    "communicator local cannot exchange buffers in memory of the host with those of rank " + member
                            + " in a device's",
                    "let all ranks run on the same accelerator");
        }
    }

    private long source(int world, long line) {
        return station.reach().address(world, segment(line), offset(line));
    }

    private long window(int world) {
        return station.region(world).window(station.size());
    }

    private static void describe(long line, Group group, long bytes, long ticket) {
        Words.write(line + BYTES, bytes);
        Words.write(line + TICKET, ticket);
        Words.write(line + PLACE, group.place());
    }

    private static boolean same(long one, long other) {
        return Words.read(one + BYTES) == Words.read(other + BYTES)
                && Words.read(one + TICKET) == Words.read(other + TICKET)
                && Words.read(one + PLACE) == Words.read(other + PLACE);
    }

    /** Null if both ends are of the same message. */
    private static @Nullable Disagreement disagreement(Group group, int peer, long own, long theirs, Kind kind) {
        if (same(own, theirs)) {
            return null;
        }
        long ticket = Words.read(own + TICKET);
        long otherTicket = Words.read(theirs + TICKET);
        Kind mine = kind == Kind.SEND ? Kind.RECV : Kind.SEND;
        return new Disagreement(
                group.rank(),
                ticket,
                peer,
                otherTicket,
                "rank " + peer + " calls " + words(kind, group.rank(), theirs, otherTicket) + ", where rank "
                        + group.rank() + " calls " + words(mine, peer, own, ticket));
    }

    private static String words(Kind kind, int peer, long line, long ticket) {
        return kind.label() + (kind == Kind.SEND ? " to rank " : " from rank ") + peer + " of "
                + Words.read(line + BYTES) + " bytes, ticket " + ticket + ", in group place "
                + Words.read(line + PLACE);
    }
}
