package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The communicator that is right, for ranks that are threads: the oracle of the rules. */
final class ReferenceCommunicator implements Communicator {
    private final Board board;
    private final int rank;
    private final Seat seat;
    private final @Nullable ReferenceCommunicator parent;
    private final AtomicLong sent = new AtomicLong();
    private volatile boolean closed;

    ReferenceCommunicator(Board board, int rank, Seat seat, @Nullable ReferenceCommunicator parent) {
        this.board = board;
        this.rank = rank;
        this.seat = seat;
        this.parent = parent;
    }

    /** Waits until every rank has joined. */
    ReferenceCommunicator joined() {
        board.meet(rank, Offer.of(Offer.Kind.JOIN, 0), seat);
        return this;
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return board.size;
    }

    @Override
    public void allGather(Call call, long shard, long full, long bytes) {
        requireSize(bytes, 1);
        meet(
                call,
                new Offer(Offer.Kind.ALL_GATHER, call.ticket(), shard, full, bytes, DType.UINT8, 0),
                others() * bytes);
    }

    @Override
    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        requireSum(elements, dtype);
        Offer offer = new Offer(Offer.Kind.REDUCE_SCATTER, call.ticket(), full, shard, elements, dtype, 0);
        meet(call, offer, others() * elements * dtype.bytes());
    }

    @Override
    public void allReduce(Call call, long buffer, long elements, DType dtype) {
        requireSum(elements, dtype);
        Offer offer = new Offer(Offer.Kind.ALL_REDUCE, call.ticket(), buffer, buffer, elements, dtype, 0);
        // Each rank reduces its share, the first ones a remainder's element more, and gives it to the others.
        long share = elements / size() + (rank < elements % size() ? 1 : 0);
        meet(call, offer, (elements - share + others() * share) * dtype.bytes());
    }

    @Override
    public void allToAll(Call call, long source, long target, long bytes) {
        requireSize(bytes, 1);
        if (bytes > 0 && source < target + size() * bytes && target < source + size() * bytes) {
            throw wrong("the target overlaps the source");
        }
        meet(
                call,
                new Offer(Offer.Kind.ALL_TO_ALL, call.ticket(), source, target, bytes, DType.UINT8, 0),
                others() * bytes);
    }

    @Override
    public void broadcast(Call call, long buffer, long bytes, int root) {
        requireSize(bytes, 1);
        requireRank(root);
        Offer offer = new Offer(Offer.Kind.BROADCAST, call.ticket(), buffer, buffer, bytes, DType.UINT8, root);
        meet(call, offer, rank == root ? others() * bytes : 0);
    }

    @Override
    public void barrier(Call call) {
        meet(call, Offer.of(Offer.Kind.BARRIER, call.ticket()), 0);
    }

    private void meet(Call call, Offer offer, long bytes) {
        requireOpen();
        call.queue().run(() -> {
            board.meet(rank, offer, seat);
            count(bytes);
        });
    }

    @Override
    public void send(Call call, long buffer, long bytes, int peer) {
        requireSize(bytes, 1);
        requireRank(peer);
        requireOpen();
        Offer offer = new Offer(Offer.Kind.BROADCAST, call.ticket(), buffer, 0, bytes, DType.UINT8, 0);
        call.queue().run(() -> {
            board.send(rank, peer, offer, seat);
            count(bytes);
        });
    }

    @Override
    public void recv(Call call, long buffer, long bytes, int peer) {
        requireSize(bytes, 1);
        requireRank(peer);
        requireOpen();
        Offer offer = new Offer(Offer.Kind.BROADCAST, call.ticket(), 0, buffer, bytes, DType.UINT8, 0);
        call.queue().run(() -> board.recv(rank, peer, offer, seat));
    }

    @Override
    public Optional<Communicator> split(int color, int key) {
        requireOpen();
        board.meet(rank, new Offer(Offer.Kind.SPLIT, 0, 0, 0, Math.max(-1, color), DType.UINT8, key), seat);
        Board.Place place = board.place(rank);
        return place.board() == null
                ? Optional.empty()
                : Optional.of(new ReferenceCommunicator(place.board(), place.rank(), seat, this));
    }

    @Override
    public DeviceMemory allocate(Accelerator accelerator, long bytes, String purpose) {
        requireOpen();
        board.meet(rank, new Offer(Offer.Kind.ALLOCATE, 0, 0, 0, bytes, DType.UINT8, 0), seat);
        return accelerator.allocate(bytes, purpose);
    }

    private void count(long bytes) {
        sent.addAndGet(bytes);
        if (parent != null) {
            parent.count(bytes);
        }
    }

    private long others() {
        return size() - 1L;
    }

    @Override
    public long sentBytes() {
        return sent.get();
    }

    @Override
    public void abort(String reason) {
        board.abort(rank, reason);
    }

    @Override
    public void close() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) {
            throw Board.ended("the group was closed");
        }
    }

    private void requireSum(long elements, DType dtype) {
        if (!ReferenceProvider.SUMS.contains(dtype)) {
            throw wrong("sums of " + dtype);
        }
        requireSize(elements, dtype.bytes());
    }

    private void requireSize(long count, long bytes) {
        if (count < 0 || count > Long.MAX_VALUE / bytes / size()) {
            throw wrong("a size of " + count);
        }
        if (count > 0 && size() > 1 && count * bytes * size() > 1L << 40) {
            throw wrong("a size of " + count);
        }
    }

    private void requireRank(int other) {
        if (other < 0 || other >= size()) {
            throw wrong("rank " + other + " of " + size());
        }
    }

    static JavelinException wrong(String what) {
        return new JavelinException("JVL-COM-0001", what, "look at the arguments");
    }
}
