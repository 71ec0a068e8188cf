package dev.javelin.engine.ranks;

import dev.javelin.api.DType;
import dev.javelin.engine.run.Numbers;
import dev.javelin.spi.communicator.Communicator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The operations that the engine uses, one element after the other between barriers, for ranks of one JVM. */
final class PlainCommunicator implements Communicator {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final Board board;
    private final int rank;
    private long sent;

    PlainCommunicator(Board board, int rank) {
        this.board = board;
        this.rank = rank;
    }

    /** What the ranks share. */
    static final class Board {
        final int size;
        final long[] addresses;
        final CyclicBarrier barrier;
        private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();

        Board(int size) {
            this.size = size;
            addresses = new long[size];
            barrier = new CyclicBarrier(size);
        }

        void fail(Throwable cause) {
            first.compareAndSet(null, cause);
            barrier.reset();
        }

        RuntimeException failure(Throwable other) {
            Throwable cause = Objects.requireNonNullElse(first.get(), other);
            return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
        }

        void meet() {
            try {
                barrier.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IllegalStateException("a rank did not come", e);
            }
        }
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
    public void allReduce(Call call, long buffer, long elements, DType dtype) {
        call.queue().run(() -> {
            board.addresses[rank] = buffer;
            board.meet();
            try (Arena arena = Arena.ofConfined()) {
                long bytes = elements * dtype.bytes();
                MemorySegment sum = arena.allocate(Math.max(1, bytes), 64);
                double[] terms = new double[board.size];
                for (long i = 0; i < elements; i++) {
                    for (int r = 0; r < board.size; r++) {
                        terms[r] = Numbers.get(ALL.asSlice(board.addresses[r], bytes), dtype, i);
                    }
                    Numbers.set(sum, dtype, i, tree(terms, board.size, dtype));
                }
                board.meet();
                MemorySegment.copy(sum, 0, ALL, buffer, bytes);
                sent += 2 * (bytes - bytes / board.size);
                board.meet();
            }
        });
    }

    private static double tree(double[] terms, int count, DType dtype) {
        int left = count;
        while (left > 1) {
            for (int i = 0; i < left / 2; i++) {
                double sum = terms[2 * i] + terms[2 * i + 1];
                terms[i] = dtype == DType.FLOAT32 ? (float) sum : sum;
            }
            if (left % 2 == 1) {
                terms[left / 2] = terms[left - 1];
            }
            left = (left + 1) / 2;
        }
        return terms[0];
    }

    @Override
    public long sentBytes() {
        return sent;
    }

    @Override
    public void allGather(Call call, long shard, long full, long bytes) {
        throw new IllegalStateException("not needed");
    }

    @Override
    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        throw new IllegalStateException("not needed");
    }

    @Override
    public void allToAll(Call call, long source, long target, long bytes) {
        throw new IllegalStateException("not needed");
    }

    @Override
    public void broadcast(Call call, long buffer, long bytes, int root) {
        throw new IllegalStateException("not needed");
    }

    @Override
    public void send(Call call, long buffer, long bytes, int peer) {
        throw new IllegalStateException("not needed");
    }

    @Override
    public void recv(Call call, long buffer, long bytes, int peer) {
        throw new IllegalStateException("not needed");
    }

    @Override
    public void barrier(Call call) {
        call.queue().run(board::meet);
    }

    @Override
    public Optional<Communicator> split(int color, int key) {
        throw new IllegalStateException("not needed");
    }

    @Override
    public void abort(String reason) {
        board.barrier.reset();
    }

    @Override
    public void close() {}
}
