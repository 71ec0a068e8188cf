package dev.javelin.communicator.mpi;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.communicator.mpi.Description.Kind;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Disagreement;
import dev.javelin.spi.communicator.Seat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A communicator of MPI. Every call is begun without waiting and then asked for until it is done, with the engine's word
 * in between on whether that is still worth while: MPI itself waits for ever on a rank or a link that is gone.
 *
 * <p>Ahead of each call the ranks gather its {@link Description}, so that a difference is an error and no wrong sum.
 */
final class MpiCommunicator implements Communicator {
    static final Set<DType> SUMS = Set.of(DType.FLOAT64, DType.FLOAT32, DType.INT64, DType.INT32);

    private static final int TAG_DESCRIPTION = 1;
    private static final int TAG_BYTES = 2;

    /** Asks before the thread gives way to others. */
    private static final int EAGER_TESTS = 2_000;

    /** How long it gives way before it sleeps between asks: for a rank that is a little late, and for each byte. */
    private static final long AWAKE_NANOS = 2_000_000;

    private static final long NANOS_PER_BYTE = 4;
    private static final long NAP_NANOS = 20_000;

    private final Mpi mpi;
    private final MpiProcess process;
    private final Seat seat;
    private final MemorySegment comm;
    private final @Nullable MpiCommunicator parent;
    private final int rank;
    private final int size;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment request = arena.allocate(ValueLayout.ADDRESS);
    private final MemorySegment flag = arena.allocate(ValueLayout.JAVA_INT);
    private final MemorySegment descriptions;
    private final AtomicLong sent = new AtomicLong();
    private volatile @Nullable String reason;

    /** A call of MPI that begins something. */
    private interface Begin {
        void with(MemorySegment request);
    }

    MpiCommunicator(Mpi mpi, MpiProcess process, Seat seat, MemorySegment comm, @Nullable MpiCommunicator parent) {
        this.mpi = mpi;
        this.process = process;
        this.seat = seat;
        this.comm = comm;
        this.parent = parent;
        mpi.MPI_Comm_set_errhandler_return(comm);
        rank = mpi.MPI_Comm_rank(comm);
        size = mpi.MPI_Comm_size(comm);
        descriptions = arena.allocate((size + 1) * Description.BYTES, 8);
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void allGather(Call call, long shard, long full, long bytes) {
        Elements elements = bytes("allGather", bytes);
        MemorySegment send = shard == full + rank * bytes ? Mpi.MPI_IN_PLACE : at(shard);
        collective(
                call,
                Description.of(Kind.ALL_GATHER, bytes, call.ticket()),
                (size - 1) * bytes,
                () -> await(
                        bytes * size, r -> mpi.MPI_Iallgather(send, at(full), elements.count, elements.type, comm, r)));
    }

    @Override
    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        Elements each = sum("reduceScatter", elements, dtype);
        long bytes = elements * dtype.bytes();
        boolean within = shard < full + size * bytes && shard + bytes > full;
        Description description =
                Description.of(Kind.REDUCE_SCATTER, elements, call.ticket()).withDtype(dtype);
        collective(call, description, (size - 1) * bytes, () -> {
            // Buffers of MPI may not overlap. In place, the result comes to the front of the buffer.
            MemorySegment send = within ? Mpi.MPI_IN_PLACE : at(full);
            MemorySegment receive = at(within ? full : shard);
            await(bytes * size, r -> mpi.MPI_Ireduce_scatter_block(send, receive, each.count, each.type, comm, r));
            if (within) {
                copy(full, shard, bytes);
            }
        });
    }

    @Override
    public void allReduce(Call call, long buffer, long elements, DType dtype) {
        Elements each = sum("allReduce", elements, dtype);
        Description description =
                Description.of(Kind.ALL_REDUCE, elements, call.ticket()).withDtype(dtype);
        long bytes = elements * dtype.bytes();
        collective(
                call,
                description,
                2 * (size - 1) * (bytes / size) + 2 * (bytes % size),
                () -> await(
                        bytes, r -> mpi.MPI_Iallreduce(Mpi.MPI_IN_PLACE, at(buffer), each.count, each.type, comm, r)));
    }

    @Override
    public void allToAll(Call call, long source, long target, long bytes) {
        Elements elements = bytes("allToAll", bytes);
        requireApart("allToAll", source, target, size * bytes);
        collective(
                call,
                Description.of(Kind.ALL_TO_ALL, bytes, call.ticket()),
                (size - 1) * bytes,
                () -> await(
                        bytes * size,
                        r -> mpi.MPI_Ialltoall(at(source), at(target), elements.count, elements.type, comm, r)));
    }

    @Override
    public void broadcast(Call call, long buffer, long bytes, int root) {
        Elements elements = bytes("broadcast", bytes);
        requireRank("broadcast", "root", root);
        Description description =
                Description.of(Kind.BROADCAST, bytes, call.ticket()).withRoot(root);
        collective(
                call,
                description,
                rank == root && size > 1 ? bytes : 0,
                () -> await(bytes, r -> mpi.MPI_Ibcast(at(buffer), elements.count, elements.type, root, comm, r)));
    }

    @Override
    public void barrier(Call call) {
        // The descriptions have come from everybody: that is a barrier.
        collective(call, Description.of(Kind.BARRIER, 0, call.ticket()), 0, () -> {});
    }

    @Override
    public void send(Call call, long buffer, long bytes, int peer) {
        Elements elements = bytes("send", bytes);
        requirePeer("send", peer);
        Description description = Description.of(Kind.SEND, bytes, call.ticket());
        run(call, description, () -> {
            MemorySegment mine = descriptions.asSlice(0, Description.BYTES);
            description.write(mine);
            await(r -> mpi.MPI_Isend(mine, (int) Description.BYTES, mpi.typeByte, peer, TAG_DESCRIPTION, comm, r));
            await(bytes, r -> mpi.MPI_Isend(at(buffer), elements.count, elements.type, peer, TAG_BYTES, comm, r));
            count(bytes);
        });
    }

    @Override
    public void recv(Call call, long buffer, long bytes, int peer) {
        Elements elements = bytes("recv", bytes);
        requirePeer("recv", peer);
        Description description = Description.of(Kind.SEND, bytes, call.ticket());
        run(call, description, () -> {
            MemorySegment theirs = descriptions.asSlice(0, Description.BYTES);
            await(r -> mpi.MPI_Irecv(theirs, (int) Description.BYTES, mpi.typeByte, peer, TAG_DESCRIPTION, comm, r));
            requireEqual(description, Description.read(theirs), peer);
            await(bytes, r -> mpi.MPI_Irecv(at(buffer), elements.count, elements.type, peer, TAG_BYTES, comm, r));
        });
    }

    @Override
    public Optional<Communicator> split(int color, int key) {
        requireOpen("split");
        return Optional.ofNullable(guarded(() -> {
            Description description = Description.of(Kind.SPLIT, 0, 0);
            compare(description); // from here on all are there, and the split itself waits for nobody
            MemorySegment part = mpi.MPI_Comm_split(comm, color < 0 ? Mpi.MPI_UNDEFINED : color, key);
            return color < 0 ? null : new MpiCommunicator(mpi, process, seat, part, this);
        }));
    }

    /** Payload by the closed forms; what MPI really sends it does not tell. */
    @Override
    public long sentBytes() {
        return sent.get();
    }

    /** Ends calls here; the other ranks learn of it from the engine, since MPI could only end their processes. */
    @Override
    public void abort(String why) {
        for (MpiCommunicator group = this; group != null; group = group.parent) {
            group.end("aborted: " + why);
        }
        process.fail();
    }

    @Override
    public void close() {
        boolean open = reason == null;
        end("closed");
        // A call that is still in progress keeps what it needs.
        if (!arena.scope().isAlive() || !process.lock().tryLock()) {
            return;
        }
        try {
            arena.close();
            if (open) {
                mpi.MPI_Comm_free(comm); // no request is left behind, and so Open MPI waits for nobody
            }
        } finally {
            process.lock().unlock();
        }
    }

    private void end(String why) {
        if (reason == null) {
            reason = why;
        }
    }

    private void collective(Call call, Description description, long payload, Runnable body) {
        run(call, description, () -> {
            compare(description);
            if (description.size() > 0) {
                body.run();
            }
            count(payload);
        });
    }

    private void run(Call call, Description description, Runnable body) {
        requireOpen(description.kind().call());
        call.queue().addressSpace().requireHost("mpi");
        call.queue().run(() -> {
            requireOpen(description.toString());
            guarded(() -> {
                body.run();
                return null;
            });
        });
    }

    /** Work that is wholly done or leaves the group of no use. */
    private <T> @Nullable T guarded(Supplier<@Nullable T> work) {
        process.lock().lock();
        boolean well = false;
        try {
            T result = work.get();
            well = true;
            return result;
        } finally {
            if (!well) {
                end("a call failed");
                process.fail();
            }
            process.lock().unlock();
        }
    }

    /** Gathers what all ranks are about to do. */
    private void compare(Description mine) {
        MemorySegment all = descriptions.asSlice(Description.BYTES);
        mine.write(descriptions);
        await(r -> mpi.MPI_Iallgather(descriptions, all, (int) Description.BYTES, mpi.typeByte, comm, r));
        for (int other = 0; other < size; other++) {
            Description theirs = Description.read(all.asSlice(other * Description.BYTES, Description.BYTES));
            requireEqual(mine, theirs, other);
        }
    }

    private void requireEqual(Description mine, Description theirs, int other) {
        if (!mine.equals(theirs)) {
            throw new Disagreement(
                    rank,
                    mine.ticket(),
                    other,
                    theirs.ticket(),
                    "rank " + rank + " calls " + mine + ", rank " + other + " calls " + theirs);
        }
    }

    private void await(Begin begin) {
        await(0, begin);
    }

    /**
     * Begins a call of MPI and asks for its end: eagerly at first; then giving way to others for as long as so many bytes
     * may take, since nothing moves unless it is asked; then with naps, since by then it waits for a rank that is late.
     */
    private void await(long bytes, Begin begin) {
        long since = System.nanoTime();
        long awakeNanos = AWAKE_NANOS + bytes * NANOS_PER_BYTE;
        begin.with(request);
        for (long tests = 0; !mpi.MPI_Test(request, flag); tests++) {
            requireOpen("waiting");
            seat.waiting(since);
            if (tests < EAGER_TESTS) {
                Thread.onSpinWait();
            } else if (System.nanoTime() - since < awakeNanos) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    private void count(long bytes) {
        for (MpiCommunicator group = this; group != null; group = group.parent) {
            group.sent.addAndGet(bytes);
        }
    }

    /** How MPI counts a buffer. */
    private record Elements(int count, MemorySegment type) {}

    /** Bytes in the largest type that divides them, since counts have 31 bits. */
    private Elements bytes(String call, long bytes) {
        requireSize(call, bytes);
        boolean wide = bytes % 8 == 0;
        return elements(call, wide ? bytes / 8 : bytes, wide ? mpi.typeInt64 : mpi.typeByte);
    }

    private Elements sum(String call, long elements, DType dtype) {
        requireSize(call, elements);
        MemorySegment type = switch (dtype) {
            case FLOAT64 -> mpi.typeDouble;
            case FLOAT32 -> mpi.typeFloat;
            case INT64 -> mpi.typeInt64;
            case INT32 -> mpi.typeInt32;
            default ->
                throw new JavelinException(
                        "JVL-COM-0001",
                        call + ": communicator mpi does not add elements of type " + dtype.label()
                                + ", expected F64, F32, I64 or I32",
                        "reduce in F32, or choose communicator local or tcp");
        };
        return elements(call, elements, type);
    }

    private static Elements elements(String call, long count, MemorySegment type) {
        if (count > Integer.MAX_VALUE) {
            throw new JavelinException(
                    "JVL-COM-0001",
                    call + ": the buffer has " + count + " elements of MPI, which counts to " + Integer.MAX_VALUE,
                    "choose smaller units, or communicator local or tcp");
        }
        return new Elements((int) count, type);
    }

    private static MemorySegment at(long address) {
        return MemorySegment.ofAddress(address);
    }

    @SuppressWarnings("restricted")
    private static void copy(long source, long target, long bytes) {
        at(target).reinterpret(bytes).copyFrom(at(source).reinterpret(bytes));
    }

    private void requireOpen(String call) {
        String why = reason;
        if (why != null) {
            throw MpiErrors.left(call, "the group is of no more use: " + why);
        }
        if (parent != null) {
            parent.requireOpen(call);
        }
    }

    private static void requireSize(String call, long count) {
        if (count < 0) {
            throw MpiErrors.wrong(call, "the size is " + count + ", expected 0 or more");
        }
    }

    private static void requireApart(String call, long source, long target, long bytes) {
        if (bytes > 0 && source < target + bytes && target < source + bytes) {
            throw MpiErrors.wrong(
                    call, "the target begins " + (target - source) + " bytes behind the source, expected them apart");
        }
    }

    private void requireRank(String call, String what, int number) {
        if (number < 0 || number >= size) {
            throw MpiErrors.wrong(call, what + " is rank " + number + ", expected 0 to " + (size - 1));
        }
    }

    private void requirePeer(String call, int peer) {
        requireRank(call, "the peer", peer);
        if (peer == rank) {
            throw MpiErrors.wrong(call, "the peer is this rank, " + peer + ", expected another one");
        }
    }
}
