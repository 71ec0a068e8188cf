package dev.javelin.communicator.local;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.communicator.host.Shares;
import dev.javelin.communicator.host.TreeSum;
import dev.javelin.communicator.local.Collectives.Way;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceMemory;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One rank's end of a group: checks the arguments, chooses the way, and puts the work into the call's queue. */
final class LocalCommunicator implements Communicator {
    /** What a rank reads at most from the eager buffers of all. */
    private static final long EAGER_IN_ALL = 64 << 10;

    private final Station station;
    private final Group group;
    private final Collectives collectives;
    private @Nullable DeviceCollectives device;
    private boolean closed;

    LocalCommunicator(Group group) {
        this.station = group.station();
        this.group = group;
        this.collectives = new Collectives(group);
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
        long all = times("allGather", bytes, size());
        if (onDevice(call)) {
            device().allGather(call, shard, full, bytes);
            return;
        }
        boolean eager = bytes <= Region.EAGER_BYTES && all <= EAGER_IN_ALL;
        collective(call, Kind.ALL_GATHER, bytes, 0, shard, bytes, eager, way -> {
            collectives.allGather(way, shard, full, bytes);
            group.sent(all - bytes);
        });
    }

    @Override
    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        requireSummable("reduceScatter", dtype);
        long bytes = times("reduceScatter", elements, dtype.bytes());
        long all = times("reduceScatter", bytes, size());
        if (onDevice(call)) {
            device().reduceScatter(call, full, shard, elements, dtype);
            return;
        }
        boolean eager = all <= Region.EAGER_BYTES;
        int detail = Mismatch.of(dtype);
        collective(call, Kind.REDUCE_SCATTER, elements, detail, full, all, eager, way -> {
            collectives.reduceScatter(way, full, shard, elements, dtype);
            group.sent(all - bytes);
        });
    }

    @Override
    public void allReduce(Call call, long buffer, long elements, DType dtype) {
        requireSummable("allReduce", dtype);
        long bytes = times("allReduce", elements, dtype.bytes());
        if (onDevice(call)) {
            device().allReduce(call, buffer, elements, dtype);
            return;
        }
        boolean eager = bytes <= Region.EAGER_BYTES && bytes * size() <= EAGER_IN_ALL;
        int detail = Mismatch.of(dtype);
        long share = new Shares(elements, size()).count(rank()) * dtype.bytes();
        collective(call, Kind.ALL_REDUCE, elements, detail, buffer, bytes, eager, way -> {
            collectives.allReduce(way, buffer, elements, dtype);
            group.sent(bytes - share + (size() - 1) * share);
        });
    }

    @Override
    public void allToAll(Call call, long source, long target, long bytes) {
        long all = times("allToAll", bytes, size());
        requireApart(source, target, all);
        if (onDevice(call)) {
            device().allToAll(call, source, target, bytes);
            return;
        }
        boolean eager = all <= Region.EAGER_BYTES;
        collective(call, Kind.ALL_TO_ALL, bytes, 0, source, all, eager, way -> {
            collectives.allToAll(way, source, target, bytes);
            group.sent(all - bytes);
        });
    }

    @Override
    public void broadcast(Call call, long buffer, long bytes, int root) {
        requireMember("broadcast", "root", root);
        long given = rank() == root ? times("broadcast", bytes, size() - 1L) : times("broadcast", bytes, 0);
        if (onDevice(call)) {
            device().broadcast(call, buffer, bytes, root);
            return;
        }
        boolean eager = bytes <= Region.EAGER_BYTES;
        collective(call, Kind.BROADCAST, bytes, Mismatch.of(root), buffer, bytes, eager, way -> {
            collectives.broadcast(way, buffer, bytes, root);
            group.sent(given);
        });
    }

    @Override
    public void barrier(Call call) {
        if (onDevice(call)) {
            device().barrier(call);
            return;
        }
        station.run(
                call.queue(),
                () -> group.whole(() -> group.arrive(Kind.BARRIER, 0, 0, call.ticket(), Place.NONE, Place.NONE)));
    }

    /** Whether a call's buffers are in memory of a device, which the host does not read and write. */
    private static boolean onDevice(Call call) {
        return !call.queue().addressSpace().equals(AddressSpace.HOST);
    }

    private DeviceCollectives device() {
        DeviceCollectives made = device;
        if (made == null) {
            made = new DeviceCollectives(group, station.reach().signals());
            device = made;
        }
        return made;
    }

    /** @param read the range of this rank's buffer from {@code at} on that peers read, and in sums write */
    private void collective(
            Call call, Kind kind, long count, int detail, long at, long read, boolean eager, Consumer<Way> work) {
        station.run(
                call.queue(),
                () -> group.whole(() -> work.accept(arrive(kind, count, detail, call.ticket(), at, read, eager))));
    }

    private Way arrive(Kind kind, long count, int detail, long ticket, long at, long read, boolean eager) {
        group.requireLive();
        if (eager) {
            HostMemory.copy(at, group.nextEager(), read);
            group.arrive(kind, count, detail, ticket, Place.NONE, Place.NONE);
            group.requireOnHost();
            return Way.EAGER;
        }
        Place place = Place.of(station.reach(), group, at, read);
        group.arrive(kind, count, detail, ticket, place, Place.NONE);
        group.requireOnHost();
        return group.reachable() ? Way.DIRECT : Way.STAGED;
    }

    @Override
    public void send(Call call, long buffer, long bytes, int peer) {
        requirePeer("send", peer);
        times("send", bytes, 1);
        if (onDevice(call)) {
            device().send(call, buffer, bytes, peer);
            return;
        }
        station.run(
                call.queue(),
                () -> group.whole(() -> station.messages().send(group, peer, buffer, bytes, call.ticket())));
    }

    @Override
    public void recv(Call call, long buffer, long bytes, int peer) {
        requirePeer("recv", peer);
        times("recv", bytes, 1);
        if (onDevice(call)) {
            device().receive(call, buffer, bytes, peer);
            return;
        }
        station.run(
                call.queue(),
                () -> group.whole(() -> station.messages().receive(group, peer, buffer, bytes, call.ticket())));
    }

    @Override
    public Optional<Communicator> split(int color, int key) {
        AtomicReference<@Nullable Group> part = new AtomicReference<>();
        station.runNow(() -> group.whole(() -> part.set(new Splitting(group).run(color, key))));
        return Optional.ofNullable(part.get()).map(LocalCommunicator::new);
    }

    @Override
    public DeviceMemory allocate(Accelerator accelerator, long bytes, String purpose) {
        times("allocate", bytes, 1);
        AtomicReference<@Nullable DeviceMemory> memory = new AtomicReference<>();
        station.runNow(
                () -> group.whole(() -> memory.set(station.reach().allocate(group, accelerator, bytes, purpose))));
        return Objects.requireNonNull(memory.get());
    }

    @Override
    public long sentBytes() {
        return group.sentBytes();
    }

    @Override
    public void abort(String reason) {
        station.ifOpen(() -> group.cancel(reason));
    }

    /** Ends this rank's calls; the memory shared with peers goes with the group of all ranks. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (device != null) {
                device.close();
            }
            group.close();
        }
    }

    private long times(String operation, long count, long each) {
        if (count < 0 || each != 0 && count > Long.MAX_VALUE / each) {
            throw new JavelinException(
                    "JVL-COM-0001",
                    operation + ": a size of " + count + ", times " + each,
                    "give a size from 0 up to what memory can hold");
        }
        return count * each;
    }

    private static void requireSummable(String operation, DType dtype) {
        if (!TreeSum.TYPES.contains(dtype)) {
            throw new JavelinException(
                    "JVL-COM-0001", operation + " of " + dtype.label(), "add F64, F32, BF16, F16, I64 or I32");
        }
    }

    private static void requireApart(long source, long target, long bytes) {
        if (bytes > 0 && source < target + bytes && target < source + bytes) {
            throw new JavelinException(
                    "JVL-COM-0001",
                    "allToAll: the target begins " + (target - source) + " bytes behind a source of " + bytes,
                    "give a target that lies apart from the source");
        }
    }

    private void requireMember(String operation, String role, int member) {
        if (member < 0 || member >= size()) {
            throw new JavelinException(
                    "JVL-COM-0001",
                    operation + ": " + role + " " + member + " of " + size() + " ranks",
                    "give a rank from 0 to " + (size() - 1));
        }
    }

    private void requirePeer(String operation, int peer) {
        requireMember(operation, "peer", peer);
        if (peer == rank()) {
            throw new JavelinException(
                    "JVL-COM-0001",
                    operation + ": peer " + peer + " is this rank itself",
                    "copy within the device instead");
        }
    }
}
