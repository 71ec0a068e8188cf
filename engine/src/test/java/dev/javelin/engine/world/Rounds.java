package dev.javelin.engine.world;

import dev.javelin.spi.communicator.Disagreement;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** A workload: rounds in which every rank tells every other one the number of its call, over connections. */
final class Rounds implements AutoCloseable {
    private final Member member;
    private final Map<Integer, SocketChannel> peers = new TreeMap<>();

    Rounds(Member member) throws IOException {
        this.member = member;
        for (int peer = 0; peer < member.size(); peer++) {
            if (peer != member.rank()) {
                SocketChannel channel = member.connect(peer, "rounds");
                channel.configureBlocking(false);
                peers.put(peer, channel);
            }
        }
        member.describe(ticket -> "round " + ticket + " in the words of rank " + member.rank());
    }

    /** One round: a collective. Returns whether some rank wants to stop. */
    boolean round(long ticket, boolean stop) {
        boolean any = stop;
        member.pulse().step(ticket);
        member.pulse().at("round");
        member.pulse().collective(ticket);
        try {
            for (SocketChannel peer : peers.values()) {
                peer.write(ByteBuffer.allocate(8).putLong(0, ticket << 1 | (stop ? 1 : 0)));
            }
            for (Map.Entry<Integer, SocketChannel> peer : peers.entrySet()) {
                long word = read(peer.getValue());
                long other = word >> 1;
                any |= (word & 1) != 0;
                if (other != ticket) {
                    throw new Disagreement(
                            member.rank(), ticket, peer.getKey(), other, "round " + other + " met " + ticket);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        member.pulse().collectiveDone();
        return any;
    }

    private long read(SocketChannel peer) throws IOException {
        ByteBuffer word = ByteBuffer.allocate(8);
        long since = System.nanoTime();
        while (word.hasRemaining()) {
            int count = peer.read(word);
            if (count < 0) {
                throw new EOFException("a peer closed the connection");
            }
            if (count == 0) {
                member.waiting(since);
                LockSupport.parkNanos(20_000);
            }
        }
        return word.getLong(0);
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel peer : peers.values()) {
            peer.close();
        }
    }
}
