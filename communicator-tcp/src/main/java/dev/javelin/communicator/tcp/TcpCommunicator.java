package dev.javelin.communicator.tcp;

import dev.javelin.api.DType;
import dev.javelin.communicator.host.Shares;
import dev.javelin.communicator.host.TreeSum;
import dev.javelin.spi.communicator.Communicator;
import java.util.Optional;

/**
 * Ranks that are connected each to each. A sum is a reduce-scatter, where every rank sends share {@code r} of its buffer
 * to rank {@code r}, which adds what it gets, and a gather of the shares, both in one pass: what is added is sent on while
 * later segments are still coming in.
 *
 * <p>Source: R. Rabenseifner, "Optimization of Collective Reduction Operations", ICCS 2004, section 4, here with direct
 * exchanges in place of halving and doubling, so that every element is added in one place and in one order.
 */
final class TcpCommunicator implements Communicator {
    /** Up to this size two ranks trade whole buffers: the same bytes on the wire as two halves, in one round. */
    private static final long ONE_ROUND_BYTES = 32 << 10;

    private final Wires wires;
    private final Group group;
    private final TreeSum sum;
    private int splits;
    private volatile boolean closed;

    TcpCommunicator(Wires wires, Group group) {
        this.wires = wires;
        this.group = group;
        this.sum = new TreeSum(group.size());
    }

    @Override
    public int rank() {
        return group.rank();
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public void allGather(Call call, long shard, long full, long bytes) {
        requireSize("allGather", bytes);
        Header header = header(Header.Kind.ALL_GATHER, call, bytes);
        run(call, header, () -> {
            Exchange exchange = new Exchange(wires, group, header);
            for (int peer : peers()) {
                exchange.trade(peer, Flow.of(shard, bytes), Flow.of(full + peer * bytes, bytes));
            }
            exchange.run(new Copy(shard, full + rank() * bytes, bytes));
        });
    }

    @Override
    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        requireSum("reduceScatter", elements, dtype);
        Header header = header(Header.Kind.REDUCE_SCATTER, call, elements).withDtype(dtype);
        long bytes = elements * dtype.bytes();
        run(call, header, () -> {
            Exchange exchange = new Exchange(wires, group, header);
            Reduction reduction = new Reduction(group, wires, sum, dtype, full + rank() * bytes, shard, bytes);
            for (int peer : peers()) {
                exchange.trade(peer, Flow.of(full + peer * bytes, bytes), reduction.incoming(peer));
            }
            exchange.run(reduction);
        });
    }

    @Override
    public void allReduce(Call call, long buffer, long elements, DType dtype) {
        requireSum("allReduce", elements, dtype);
        Header header = header(Header.Kind.ALL_REDUCE, call, elements).withDtype(dtype);
        boolean small = size() == 2 && elements * dtype.bytes() <= ONE_ROUND_BYTES;
        run(call, header, () -> {
            if (small) {
                reduceInOneRound(header, buffer, elements, dtype);
            } else {
                reduceInShares(header, buffer, elements, dtype);
            }
        });
    }

    private void reduceInOneRound(Header header, long buffer, long elements, DType dtype) {
        long bytes = elements * dtype.bytes();
        long theirs = wires.staging(ONE_ROUND_BYTES);
        new Exchange(wires, group, header)
                .trade(1 - rank(), Flow.of(buffer, bytes), Flow.of(theirs, bytes))
                .run(() -> false);
        sum.sum(dtype, rank() == 0 ? new long[] {buffer, theirs} : new long[] {theirs, buffer}, buffer, elements);
    }

    private void reduceInShares(Header header, long buffer, long elements, DType dtype) {
        Shares shares = new Shares(elements, size());
        int width = dtype.bytes();
        long own = buffer + shares.begin(rank()) * width;
        Exchange exchange = new Exchange(wires, group, header);
        Reduction reduction = new Reduction(group, wires, sum, dtype, own, own, shares.count(rank()) * width);
        for (int peer : peers()) {
            long share = buffer + shares.begin(peer) * width;
            long bytes = shares.count(peer) * width;
            exchange.trade(peer, reduction.outgoing(peer, share, bytes), reduction.incoming(peer, share, bytes));
        }
        exchange.run(reduction);
    }

    @Override
    public void allToAll(Call call, long source, long target, long bytes) {
        requireSize("allToAll", bytes);
        requireApart("allToAll", source, target, size() * bytes);
        Header header = header(Header.Kind.ALL_TO_ALL, call, bytes);
        run(call, header, () -> {
            Exchange exchange = new Exchange(wires, group, header);
            for (int peer : peers()) {
                exchange.trade(peer, Flow.of(source + peer * bytes, bytes), Flow.of(target + peer * bytes, bytes));
            }
            exchange.run(new Copy(source + rank() * bytes, target + rank() * bytes, bytes));
        });
    }

    /** The root deals the buffer out among the others, who pass on what they get: nobody sends more than its size. */
    @Override
    public void broadcast(Call call, long buffer, long bytes, int root) {
        requireSize("broadcast", bytes);
        requireRank("broadcast", "root", root);
        Header header = header(Header.Kind.BROADCAST, call, bytes).withRoot(root);
        run(call, header, () -> {
            Shares shares = new Shares(bytes, Math.max(1, size() - 1));
            Exchange exchange = new Exchange(wires, group, header);
            if (rank() == root) {
                for (int peer : peers()) {
                    int turn = turn(peer, root);
                    exchange.trade(peer, Flow.of(buffer + shares.begin(turn), shares.count(turn)), Flow.none());
                }
                exchange.run(() -> false);
            } else {
                passOn(exchange, buffer, shares, root);
            }
        });
    }

    private void passOn(Exchange exchange, long buffer, Shares shares, int root) {
        int mine = turn(rank(), root);
        Flow source = Flow.of(buffer + shares.begin(mine), shares.count(mine));
        exchange.trade(root, Flow.none(), source);
        Flow[] onward = new Flow[size()];
        for (int peer : peers()) {
            if (peer != root) {
                int turn = turn(peer, root);
                onward[peer] =
                        Flow.of(buffer + shares.begin(mine), shares.count(mine)).limited(0);
                exchange.trade(peer, onward[peer], Flow.of(buffer + shares.begin(turn), shares.count(turn)));
            }
        }
        exchange.run(() -> {
            for (Flow flow : onward) {
                if (flow != null) {
                    flow.raise(source.done());
                }
            }
            return false;
        });
    }

    /** Number of a rank among those that are not the root. */
    private static int turn(int rank, int root) {
        return rank < root ? rank : rank - 1;
    }

    @Override
    public void send(Call call, long buffer, long bytes, int peer) {
        requireSize("send", bytes);
        requirePeer("send", peer);
        Header header = header(Header.Kind.SEND, call, bytes);
        run(
                call,
                header,
                () -> new Exchange(wires, group, header)
                        .send(peer, Flow.of(buffer, bytes))
                        .listening()
                        .run(() -> false));
    }

    @Override
    public void recv(Call call, long buffer, long bytes, int peer) {
        requireSize("recv", bytes);
        requirePeer("recv", peer);
        Header header = header(Header.Kind.SEND, call, bytes);
        run(
                call,
                header,
                () -> new Exchange(wires, group, header)
                        .receive(peer, Flow.of(buffer, bytes))
                        .listening()
                        .run(() -> false));
    }

    @Override
    public void barrier(Call call) {
        Header header = header(Header.Kind.BARRIER, call, 0);
        run(call, header, () -> {
            Exchange exchange = new Exchange(wires, group, header);
            for (int peer : peers()) {
                exchange.trade(peer, Flow.none(), Flow.none());
            }
            exchange.run(() -> false);
        });
    }

    @Override
    public Optional<Communicator> split(int color, int key) {
        requireOpen("split");
        return Split.of(wires, group, splits++, color, key).map(part -> new TcpCommunicator(wires, part));
    }

    @Override
    public long sentBytes() {
        return group.sent().get();
    }

    /** Ends all groups of the world that this rank is in: they share its connections. */
    @Override
    public void abort(String reason) {
        closed = true;
        wires.leave("aborted: " + reason);
    }

    @Override
    public void close() {
        closed = true;
        if (group.parent() == null) {
            wires.close();
        }
    }

    private Header header(Header.Kind kind, Call call, long size) {
        return Header.of(kind, group.id(), call.ticket(), size);
    }

    private void run(Call call, Header header, Runnable body) {
        requireOpen(header.kind().call());
        call.queue().addressSpace().requireHost("tcp");
        call.queue().run(() -> wires.call(header.toString(), body));
    }

    private int[] peers() {
        int[] peers = new int[size() - 1];
        for (int i = 0; i < peers.length; i++) {
            // Each begins behind itself, so that the first bytes of all do not go to one.
            peers[i] = (rank() + 1 + i) % size();
        }
        return peers;
    }

    private void requireOpen(String call) {
        wires.requirePresent(call);
        if (closed) {
            throw TcpErrors.left(call, "the group was closed by this rank");
        }
    }

    private void requireSum(String call, long elements, DType dtype) {
        if (!TreeSum.TYPES.contains(dtype)) {
            throw TcpErrors.wrong(
                    call,
                    "elements of type " + dtype.label() + " cannot be added, expected one of "
                            + TreeSum.TYPES.stream().map(DType::label).sorted().toList());
        }
        requireSize(call, elements, dtype.bytes());
    }

    private void requireSize(String call, long bytes) {
        requireSize(call, bytes, 1);
    }

    /** The parts of all ranks together have addresses. */
    private void requireSize(String call, long count, int width) {
        long most = Long.MAX_VALUE / width / size();
        if (count < 0 || count > most) {
            throw TcpErrors.wrong(call, "the size is " + count + ", expected 0 to " + most);
        }
    }

    private static void requireApart(String call, long source, long target, long bytes) {
        if (bytes > 0 && source < target + bytes && target < source + bytes) {
            throw TcpErrors.wrong(
                    call, "the target begins " + (target - source) + " bytes behind the source, expected them apart");
        }
    }

    private void requireRank(String call, String what, int rank) {
        if (rank < 0 || rank >= size()) {
            throw TcpErrors.wrong(call, what + " is rank " + rank + ", expected 0 to " + (size() - 1));
        }
    }

    private void requirePeer(String call, int peer) {
        requireRank(call, "the peer", peer);
        if (peer == rank()) {
            throw TcpErrors.wrong(call, "the peer is this rank, " + peer + ", expected another one");
        }
    }
}
