package dev.javelin.communicator.local;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.Shares;
import dev.javelin.communicator.host.TreeSum;
import dev.javelin.communicator.local.Signals.Point;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceQueue;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The collectives of ranks whose devices share memory. The ranks meet on the host, while they enqueue: there they compare
 * their calls, and each learns where the others' buffers are. What moves and adds is enqueued on each rank's own queue,
 * which waits for the others' by events; the host never waits for a device.
 *
 * <p>A call: the queue gives a signal that it is ready; the ranks meet; the queue waits for all that are ready, does this
 * rank's share and signals that it is done; the ranks meet again; the queue waits until all are done, so that buffers may
 * change.
 *
 * <p>Sums are added in place, by the tree: neighbours first, then neighbours of those, in the buffer of the lowest of
 * them. Each rank adds a share of the elements in all members' buffers. Where the device has no addition for the type
 * (integers), or a buffer is not aligned as its kernels want it, sums pass through memory of the host, in the queue's
 * order as well.
 */
final class DeviceCollectives {
    private final Group group;
    private final Signals signals;
    private final int rank;
    private final int size;
    private final HostStage stage = new HostStage();
    private final TreeSum sums;
    private @Nullable DeviceQueue last;
    private @Nullable Additions additions;

    DeviceCollectives(Group group, Signals signals) {
        this.group = group;
        this.signals = signals;
        this.rank = group.rank();
        this.size = group.size();
        this.sums = new TreeSum(size);
    }

    /** What a rank calls, as the others see it, and what it has given them when it is done. */
    private record Step(Kind kind, long count, int detail, Place place, long sent) {}

    void allGather(Call call, long shard, long full, long bytes) {
        Step step = new Step(Kind.ALL_GATHER, bytes, 0, there(shard), (size - 1) * bytes);
        run(call, step, queue -> {
            for (int turn = 0; turn < size; turn++) {
                int member = (rank + turn) % size; // not all from one member at once
                copy(queue, group.buffer(member), full + member * bytes, bytes);
            }
        });
    }

    void allToAll(Call call, long source, long target, long bytes) {
        Step step = new Step(Kind.ALL_TO_ALL, bytes, 0, there(source), (size - 1) * bytes);
        run(call, step, queue -> {
            for (int turn = 0; turn < size; turn++) {
                int member = (rank + turn) % size;
                copy(queue, group.buffer(member) + rank * bytes, target + member * bytes, bytes);
            }
        });
    }

    void broadcast(Call call, long buffer, long bytes, int root) {
        long sent = rank == root ? (size - 1) * bytes : 0;
        Step step = new Step(Kind.BROADCAST, bytes, Mismatch.of(root), there(buffer), sent);
        run(call, step, queue -> copy(queue, group.buffer(root), buffer, bytes));
    }

    void barrier(Call call) {
        run(call, new Step(Kind.BARRIER, 0, 0, there(0), 0), queue -> {});
    }

    void allReduce(Call call, long buffer, long elements, DType dtype) {
        long bytes = elements * dtype.bytes();
        long share = new Shares(elements, size).count(rank) * dtype.bytes();
        Step step = new Step(
                Kind.ALL_REDUCE,
                elements,
                Mismatch.of(dtype),
                summand(call, buffer, elements, dtype),
                bytes - share + (size - 1) * share);
        run(call, step, queue -> {
            if (addable()) {
                AlignedShares shares = shares(queue, elements, dtype);
                long offset = shares.begin(rank) * dtype.bytes();
                addShare(queue, shares, dtype);
                for (int member = 1; member < size; member++) {
                    copy(
                            queue,
                            group.buffer(0) + offset,
                            group.buffer(member) + offset,
                            shares.count(rank) * dtype.bytes());
                }
            } else {
                Shares shares = new Shares(elements, size);
                long offset = shares.begin(rank) * dtype.bytes();
                MemorySegment sum = addStaged(queue, buffer, bytes, offset, shares.count(rank), dtype);
                for (int member = 0; member < size; member++) {
                    queue.device().copyToDevice(queue, sum, group.buffer(member) + offset);
                }
            }
        });
    }

    void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        long bytes = elements * dtype.bytes();
        Step step = new Step(
                Kind.REDUCE_SCATTER,
                elements,
                Mismatch.of(dtype),
                summand(call, full, size * elements, dtype),
                (size - 1) * bytes);
        run(call, step, queue -> {
            if (addable()) {
                AlignedShares shares = shares(queue, size * elements, dtype);
                addShare(queue, shares, dtype);
                if (shares.begin(rank) != rank * elements || shares.count(rank) != elements) {
                    meet(queue, Point.HALFWAY); // others have added some of this rank's part
                }
                copy(queue, group.buffer(0) + rank * bytes, shard, bytes);
            } else {
                MemorySegment sum = addStaged(queue, full, size * bytes, rank * bytes, elements, dtype);
                queue.device().copyToDevice(queue, sum, shard);
            }
        });
    }

    /** Gives a buffer to a peer, who copies it. */
    void send(Call call, long buffer, long bytes, int peer) {
        DeviceQueue queue = call.queue();
        Messages messages = group.station().messages();
        here(queue, () -> {
            int to = group.world(peer);
            signals.giveMessage(world(), to, false, group.place(), queue);
            messages.offer(group, peer, there(buffer), bytes, call.ticket());
            signals.awaitMessage(world(), to, true, queue);
            count(queue, bytes);
        });
    }

    void receive(Call call, long buffer, long bytes, int peer) {
        DeviceQueue queue = call.queue();
        Messages messages = group.station().messages();
        here(queue, () -> {
            int from = group.world(peer);
            messages.take(group, peer, bytes, call.ticket(), line -> {
                requireShared(peer, Messages.segment(line), queue);
                signals.awaitMessage(from, world(), false, queue);
                copy(queue, Messages.offset(line), buffer, bytes);
                signals.giveMessage(from, world(), true, group.place(), queue);
                return bytes;
            });
        });
    }

    // Meetings ------------------------------------------------------------------------------------------------------

    private void run(Call call, Step step, Consumer<DeviceQueue> work) {
        DeviceQueue queue = call.queue();
        here(queue, () -> {
            Point ready = Point.ready(group.nextCall());
            signals.give(ready, world(), group.place(), queue);
            group.arrive(step.kind, step.count, step.detail, call.ticket(), step.place, Place.NONE);
            for (int member = 0; member < size; member++) {
                requireShared(member, segment(member), queue);
            }
            awaitPeers(ready, queue);
            if (step.count > 0) {
                work.accept(queue);
                meet(queue, Point.DONE);
                count(queue, step.sent);
            }
        });
    }

    /** Work of this rank's thread, its queue's behind all that the group did before on another queue. */
    private void here(DeviceQueue queue, Runnable work) {
        group.station()
                .runHere(
                        queue,
                        () -> group.whole(() -> {
                            group.requireLive();
                            signals.space(world(), queue.addressSpace());
                            if (last != null && last != queue) {
                                behindLast(queue, last);
                            }
                            last = queue;
                            work.run();
                        }));
    }

    private static void behindLast(DeviceQueue queue, DeviceQueue last) {
        try (DeviceQueue.DeviceEvent event = last.record()) {
            queue.await(event);
        }
    }

    /** Lets this rank's queue wait until those of all members are so far. */
    private void meet(DeviceQueue queue, Point point) {
        signals.give(point, world(), group.place(), queue);
        group.step();
        awaitPeers(point, queue);
    }

    private void awaitPeers(Point point, DeviceQueue queue) {
        for (int member = 0; member < size; member++) {
            if (member != rank) {
                signals.await(point, group.world(member), group.place(), queue);
            }
        }
    }

    private void requireShared(int member, long segment, DeviceQueue queue) {
        boolean onDevice = segment == Reach.ON_DEVICE || segment == Reach.ON_DEVICE_TO_HOST;
        Object theirs = onDevice ? Objects.requireNonNull(signals.space(group.world(member))) : AddressSpace.HOST;
        if (!theirs.equals(queue.addressSpace())) {
            throw new JavelinException(
                    "JVL-COM-0004",
                    "communicator local cannot exchange buffers in " + queue.addressSpace() + " with those of rank "
                            + member + " in " + theirs,
                    "let the ranks share one device, or choose communicator nccl for a GPU each");
        }
    }

    /** In the queue's order, as those count who read it there. */
    private void count(DeviceQueue queue, long bytes) {
        if (bytes > 0) {
            queue.run(() -> group.sent(bytes));
        }
    }

    private int world() {
        return group.world(rank);
    }

    // Sums ----------------------------------------------------------------------------------------------------------

    private static Place there(long address) {
        return new Place(Reach.ON_DEVICE, address);
    }

    /** Tells the others also whether this rank's device can add in the buffer. */
    private Place summand(Call call, long address, long elements, DType dtype) {
        Accelerator device = call.queue().device();
        boolean aligned = address % device.planner().alignmentBytes() == 0;
        boolean can = aligned && additions(device).can(dtype, elements);
        return new Place(can ? Reach.ON_DEVICE : Reach.ON_DEVICE_TO_HOST, address);
    }

    private Additions additions(Accelerator device) {
        Additions prepared = additions;
        if (prepared == null || !prepared.of(device)) {
            prepared = new Additions(device);
            additions = prepared;
        }
        return prepared;
    }

    /** Whether all members' devices add in their buffers. */
    private boolean addable() {
        for (int member = 0; member < size; member++) {
            if (segment(member) != Reach.ON_DEVICE) {
                return false;
            }
        }
        return true;
    }

    private long segment(int member) {
        return Words.read(group.line(member) + Region.CALL_SEGMENT_A);
    }

    private AlignedShares shares(DeviceQueue queue, long elements, DType dtype) {
        return new AlignedShares(elements, size, queue.device().planner().alignmentBytes() / dtype.bytes());
    }

    /** Adds this rank's share of all members' buffers by the tree; the sum is in the first member's. */
    private void addShare(DeviceQueue queue, AlignedShares shares, DType dtype) {
        long count = shares.count(rank);
        long offset = shares.begin(rank) * dtype.bytes();
        if (count == 0) {
            return;
        }
        Additions prepared = additions(queue.device());
        for (int apart = 1; apart < size; apart *= 2) {
            for (int left = 0; left + apart < size; left += 2 * apart) {
                prepared.add(queue, dtype, group.buffer(left) + offset, group.buffer(left + apart) + offset, count);
            }
        }
    }

    /** Copies the buffer to the host, where a range of all members' is added; gives that sum, on the host. */
    private MemorySegment addStaged(
            DeviceQueue queue, long buffer, long bytes, long offset, long elements, DType dtype) {
        MemorySegment mine = stage.of(queue.device(), bytes);
        queue.device().copyToHost(queue, buffer, mine);
        signals.staged(world(), group.place(), mine.address());
        meet(queue, Point.HALFWAY);
        long[] sources = new long[size];
        for (int member = 0; member < size; member++) {
            sources[member] = signals.staged(group.world(member), group.place()) + offset;
        }
        MemorySegment sum = mine.asSlice(offset, elements * dtype.bytes());
        queue.run(() -> sums.sum(dtype, sources, sum.address(), elements));
        return sum;
    }

    private static void copy(DeviceQueue queue, long source, long target, long bytes) {
        if (source != target) {
            queue.device().copy(queue, source, target, bytes);
        }
    }

    /** Waits until this rank's queue has passed its calls: then peers need no event of its device. */
    void close() {
        DeviceQueue queue = last;
        if (queue != null) {
            last = null;
            try {
                queue.synchronize();
            } catch (JavelinException told) {
                // How the queue ended is told to who waits for its work; here it only matters that it has.
                assert told.code() != null;
            }
            signals.pass(world(), group.place());
            if (!group.broken()) { // else the queues of others may still read it, and it goes with the process
                stage.close();
            }
        }
    }
}
