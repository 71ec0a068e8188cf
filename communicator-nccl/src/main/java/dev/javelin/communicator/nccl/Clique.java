package dev.javelin.communicator.nccl;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * NCCL's communicator of some ranks, as one of them. NCCL's calls are made under its lock, so that it is not used once it
 * has ended. It ends by itself when NCCL tells of an error, or the seat that it is in vain to wait for work in progress.
 */
final class Clique {
    private static final long TURN_NANOS = 200_000;
    private static final long FINALIZE_NANOS = 1_000_000_000;

    private final Nccl nccl;
    private final Seat seat;
    private final long comm;
    private final Watcher watcher;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean gone;
    private volatile @Nullable RuntimeException failure;
    private volatile long begun;
    private volatile boolean working;

    private Clique(Nccl nccl, Seat seat, Watcher watcher, long comm) {
        this.nccl = nccl;
        this.seat = seat;
        this.watcher = watcher;
        this.comm = comm;
    }

    /** NCCL's own way to enqueue something; gives whether that is done, or in progress. */
    interface Work {
        boolean enqueue(Nccl nccl, long comm, long stream);
    }

    /**
     * Makes it, together with the other members of a roll.
     *
     * @param self member of the roll
     * @param device where this rank's buffers are
     * @throws JavelinException {@code JVL-COM-0004} if two ranks share a device, {@code JVL-COM-0302} if NCCL cannot
     */
    static Clique make(Nccl nccl, Seat seat, Watcher watcher, Roll roll, int self, Accelerator device, Runnable check) {
        stream(device.queue(QueueRole.COMMUNICATION)); // makes the device current
        byte[] place = (ProcessHandle.current().pid() + "/" + seat.closeness() + "/"
                        + device.addressSpace().name())
                .getBytes(StandardCharsets.UTF_8);
        byte[] id = self == 0 ? nccl.ncclGetUniqueId() : new byte[Nccl.NCCL_UNIQUE_ID_BYTES];
        byte[] more = Arrays.copyOf(id, id.length + place.length);
        System.arraycopy(place, 0, more, id.length, place.length);
        List<Line> lines = roll
                .call(Line.of(Line.Kind.BEGIN, 0, 0).withMore(more).bytes(), check)
                .stream()
                .map(Line::of)
                .toList();
        Line.requireAlike(lines, self);
        requireApart(lines, device, seat);
        byte[] first = Arrays.copyOf(lines.getFirst().more(), Nccl.NCCL_UNIQUE_ID_BYTES);
        long comm = nccl.ncclCommInitRankConfig(lines.size(), first, self);
        Clique clique = new Clique(nccl, seat, watcher, comm);
        clique.settle(check);
        watcher.watch(clique);
        return clique;
    }

    /** Threads of one JVM count devices alike; of others NCCL itself tells. */
    private static void requireApart(List<Line> lines, Accelerator device, Seat seat) {
        for (int one = 0; one < lines.size(); one++) {
            for (int other = 0; other < one; other++) {
                boolean same = Arrays.equals(
                        lines.get(one).more(),
                        Nccl.NCCL_UNIQUE_ID_BYTES,
                        lines.get(one).more().length,
                        lines.get(other).more(),
                        Nccl.NCCL_UNIQUE_ID_BYTES,
                        lines.get(other).more().length);
                if (same && seat.closeness() == Seat.Closeness.THREADS) {
                    throw NcclErrors.world(
                            "needs a GPU for each rank, but ranks " + other + " and " + one + " share "
                                    + device.addressSpace(),
                            "choose communicator local for threads that share a GPU, or give each rank one of its own");
                }
            }
        }
    }

    /** The native stream of a queue, whose device is current then. */
    static long stream(DeviceQueue queue) {
        return queue.handle()
                .orElseThrow(() -> NcclErrors.world(
                        "exchanges memory of NVIDIA's GPUs, and the buffers are in that of " + queue.addressSpace(),
                        "choose accelerator cuda, or communicator local, tcp or mpi"));
    }

    /** Enqueues work on a queue; what ends the clique meanwhile is thrown by the queue. */
    void run(DeviceQueue queue, Work work, Runnable check, Runnable behind) {
        long stream = stream(queue);
        queue.run(() -> {
            begun = System.nanoTime();
            working = true;
        });
        boolean done = locked(() -> {
            requireLive();
            return work.enqueue(nccl, comm, stream);
        });
        if (!done) {
            settle(check);
        }
        queue.run(() -> {
            working = false;
            requireNoneFound();
            requireLive();
            behind.run();
        });
    }

    /** Waits until NCCL has enqueued what it was asked for; the host's part of it may take a while, the first time. */
    private void settle(Runnable check) {
        long since = System.nanoTime();
        try {
            while (true) {
                if (locked(this::settled)) {
                    return;
                }
                check.run();
                seat.waiting(since);
                LockSupport.parkNanos(TURN_NANOS);
            }
        } catch (RuntimeException e) {
            end(e);
            throw e;
        }
    }

    private boolean locked(BooleanSupplier body) {
        lock.lock();
        try {
            return body.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    private boolean settled() {
        requireLive();
        int state = nccl.ncclCommGetAsyncError(comm);
        requireNoError(state);
        return state == Nccl.ncclSuccess;
    }

    private void requireNoError(int state) {
        if (state != Nccl.ncclSuccess && state != Nccl.ncclInProgress) {
            throw NcclErrors.of("NCCL", state, nccl.ncclGetErrorString(state) + "; " + nccl.ncclGetLastError());
        }
    }

    /** Looks after the work in progress, and ends the clique if that is in vain, or if an error was found. */
    void look() {
        long since = begun;
        if (!working && failure == null) {
            return;
        }
        try {
            requireNoneFound();
            requireLive();
            seat.waiting(since);
        } catch (RuntimeException e) {
            end(e);
        }
    }

    /**
     * Throws what NCCL tells of. Waits for nobody, and ends nothing: a queue that calls this may be what the holder of the
     * lock waits for.
     */
    private void requireNoneFound() {
        if (failure == null && lock.tryLock()) {
            try {
                if (!gone) {
                    requireNoError(nccl.ncclCommGetAsyncError(comm));
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Ends it, with the work in progress on the device; from any thread. */
    void end(RuntimeException reason) {
        if (failure == null) {
            failure = reason; // before the lock, so that queues that come by are told
        }
        locked(() -> {
            if (!gone) {
                gone = true;
                try {
                    nccl.ncclCommAbort(comm);
                } catch (JavelinException e) {
                    reason.addSuppressed(e);
                }
            }
            return gone;
        });
    }

    void requireLive() {
        RuntimeException reason = failure;
        if (reason != null) {
            throw reason;
        }
    }

    /** Gives it back; waits a second at most for what other ranks have to do for that. */
    void close() {
        watcher.leave(this);
        locked(() -> {
            if (!gone) {
                gone = true;
                failure = NcclErrors.ended("the communicator is closed");
                giveBack();
            }
            return gone;
        });
    }

    private void giveBack() {
        try {
            boolean done = nccl.ncclCommFinalize(comm);
            long since = System.nanoTime();
            while (!done && System.nanoTime() - since < FINALIZE_NANOS) {
                LockSupport.parkNanos(TURN_NANOS);
                done = nccl.ncclCommGetAsyncError(comm) != Nccl.ncclInProgress;
            }
            if (done) {
                nccl.ncclCommDestroy(comm);
            } else {
                nccl.ncclCommAbort(comm);
            }
        } catch (JavelinException e) {
            nccl.ncclCommAbort(comm);
        }
    }
}
