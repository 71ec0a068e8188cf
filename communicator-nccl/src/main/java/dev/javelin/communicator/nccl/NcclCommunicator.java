package dev.javelin.communicator.nccl;

import dev.javelin.api.DType;
import dev.javelin.communicator.nccl.Line.Kind;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One rank's end of a group: checks the arguments, meets the others, and lets NCCL enqueue the work. */
final class NcclCommunicator implements Communicator {
    private static final long BARRIER_BYTES = 4;

    private final Nccl nccl;
    private final Seat seat;
    private final Watcher watcher;
    private final String name;
    private final @Nullable NcclCommunicator parent;
    private final Circle all;
    /** With each peer alone, for messages. */
    private final Map<Integer, Circle> pairs = new ConcurrentHashMap<>();

    private final AtomicLong sent = new AtomicLong();
    private int splits;
    private @Nullable DeviceMemory token;
    private volatile boolean closed;
    private volatile boolean broken;

    /** @param name of the group, the same on all its ranks and unlike any other's */
    NcclCommunicator(
            Nccl nccl,
            Seat seat,
            Watcher watcher,
            String name,
            @Nullable NcclCommunicator parent,
            int[] members,
            int self) {
        this.nccl = nccl;
        this.seat = seat;
        this.watcher = watcher;
        this.name = name;
        this.parent = parent;
        this.all = new Circle(nccl, seat, watcher, name, members, self);
    }

    /** Waits until every rank has joined. */
    NcclCommunicator joined() {
        all.meet(Line.of(Kind.JOIN, 0, 0), this::requireLive);
        return this;
    }

    @Override
    public int rank() {
        return all.self();
    }

    @Override
    public int size() {
        return all.size();
    }

    @Override
    public void allGather(Call call, long shard, long full, long bytes) {
        Arguments.bytes("allGather", bytes, size());
        collective(
                call,
                Line.of(Kind.ALL_GATHER, bytes, call.ticket()),
                (size() - 1) * bytes,
                (library, comm, stream) -> library.ncclAllGather(shard, full, bytes, comm, stream));
    }

    @Override
    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        Arguments.summable("reduceScatter", dtype);
        long bytes = Arguments.bytes("reduceScatter", elements, dtype.bytes());
        Arguments.bytes("reduceScatter", bytes, size());
        collective(
                call,
                Line.of(Kind.REDUCE_SCATTER, elements, call.ticket()).withType(dtype),
                (size() - 1) * bytes,
                (library, comm, stream) -> library.ncclReduceScatter(full, shard, elements, dtype, comm, stream));
    }

    @Override
    public void allReduce(Call call, long buffer, long elements, DType dtype) {
        Arguments.summable("allReduce", dtype);
        long bytes = Arguments.bytes("allReduce", elements, dtype.bytes());
        long share = (elements / size() + (rank() < elements % size() ? 1 : 0)) * dtype.bytes();
        collective(
                call,
                Line.of(Kind.ALL_REDUCE, elements, call.ticket()).withType(dtype),
                bytes - share + (size() - 1) * share,
                (library, comm, stream) -> library.ncclAllReduce(buffer, buffer, elements, dtype, comm, stream));
    }

    @Override
    public void allToAll(Call call, long source, long target, long bytes) {
        long whole = Arguments.bytes("allToAll", bytes, size());
        Arguments.apart(source, target, whole);
        collective(
                call,
                Line.of(Kind.ALL_TO_ALL, bytes, call.ticket()),
                (size() - 1) * bytes,
                (library, comm, stream) -> library.grouped(() -> {
                    for (int peer = 0; peer < size(); peer++) {
                        library.ncclSend(source + peer * bytes, bytes, peer, comm, stream);
                        library.ncclRecv(target + peer * bytes, bytes, peer, comm, stream);
                    }
                }));
    }

    @Override
    public void broadcast(Call call, long buffer, long bytes, int root) {
        Arguments.member("broadcast", "root", root, size());
        Arguments.bytes("broadcast", bytes, size());
        collective(
                call,
                Line.of(Kind.BROADCAST, bytes, call.ticket()).withRoot(root),
                rank() == root ? (size() - 1) * bytes : 0,
                (library, comm, stream) -> library.ncclBroadcast(buffer, buffer, bytes, root, comm, stream));
    }

    /** A sum that nobody reads: no queue passes it before all have come. */
    @Override
    public void barrier(Call call) {
        long at = closed || broken ? 0 : token(call.queue());
        run(
                call,
                all,
                Line.of(Kind.BARRIER, 0, call.ticket()),
                0,
                true,
                (library, comm, stream) -> library.ncclAllReduce(at, at, 1, DType.INT32, comm, stream));
    }

    private long token(DeviceQueue queue) {
        DeviceMemory memory = token;
        if (memory == null) {
            Clique.stream(queue); // refuses what is no GPU
            memory = queue.device().allocate(BARRIER_BYTES, "nccl barrier");
            token = memory;
        }
        return memory.address();
    }

    @Override
    public void send(Call call, long buffer, long bytes, int peer) {
        Arguments.peer("send", peer, rank(), size());
        Arguments.bytes("send", bytes, 1);
        Circle pair = pair(peer);
        run(
                call,
                pair,
                Line.of(Kind.SEND, bytes, call.ticket()),
                bytes,
                bytes > 0,
                (library, comm, stream) -> library.ncclSend(buffer, bytes, 1 - pair.self(), comm, stream));
    }

    @Override
    public void recv(Call call, long buffer, long bytes, int peer) {
        Arguments.peer("recv", peer, rank(), size());
        Arguments.bytes("recv", bytes, 1);
        Circle pair = pair(peer);
        run(
                call,
                pair,
                Line.of(Kind.RECV, bytes, call.ticket()),
                0,
                bytes > 0,
                (library, comm, stream) -> library.ncclRecv(buffer, bytes, 1 - pair.self(), comm, stream));
    }

    private Circle pair(int peer) {
        requireLive();
        int low = Math.min(rank(), peer);
        int high = Math.max(rank(), peer);
        return pairs.computeIfAbsent(
                peer,
                key -> new Circle(
                        nccl,
                        seat,
                        watcher,
                        name + " pair " + low + " " + high,
                        new int[] {all.world(low), all.world(high)},
                        rank() == low ? 0 : 1));
    }

    private void collective(Call call, Line line, long bytes, Clique.Work work) {
        run(call, all, line, bytes, line.count() > 0, work);
    }

    /** Meets the others of a circle, and enqueues the work unless there is none. */
    private void run(Call call, Circle circle, Line line, long bytes, boolean any, Clique.Work work) {
        whole(() -> {
            DeviceQueue queue = call.queue();
            circle.meet(line, this::requireLive);
            if (any) {
                circle.clique(queue.device(), this::requireLive)
                        .run(queue, work, this::requireLive, () -> count(bytes));
            }
        });
    }

    /** After an error the group is of no more use. */
    private void whole(Runnable work) {
        requireLive();
        boolean done = false;
        try {
            work.run();
            done = true;
        } finally {
            broken |= !done;
        }
    }

    private void count(long bytes) {
        for (NcclCommunicator group = this; group != null; group = group.parent) {
            group.sent.addAndGet(bytes);
        }
    }

    @Override
    public Optional<Communicator> split(int color, int key) {
        List<NcclCommunicator> made = new ArrayList<>();
        whole(() -> {
            byte[] wish = ByteBuffer.allocate(8).putInt(color).putInt(key).array();
            List<Line> lines = all.meet(Line.of(Kind.SPLIT, 0, 0).withMore(wish), this::requireLive);
            int number = splits++;
            if (color >= 0) {
                made.add(part(name + "/" + number + "." + color, lines, color));
            }
        });
        return made.isEmpty() ? Optional.empty() : Optional.of(made.getFirst());
    }

    private NcclCommunicator part(String partName, List<Line> lines, int color) {
        List<Integer> members = new ArrayList<>();
        for (int member = 0; member < size(); member++) {
            if (ByteBuffer.wrap(lines.get(member).more()).getInt() == color) {
                members.add(member);
            }
        }
        members.sort(Comparator.comparingInt((Integer member) ->
                        ByteBuffer.wrap(lines.get(member).more()).getInt(4))
                .thenComparing(Comparator.naturalOrder()));
        int[] ranks = members.stream().mapToInt(all::world).toArray();
        return new NcclCommunicator(nccl, seat, watcher, partName, this, ranks, members.indexOf(rank()));
    }

    /** Any memory of the GPU will do. NCCL's part of the group is made ready, so that the first call need not. */
    @Override
    public DeviceMemory allocate(Accelerator accelerator, long bytes, String purpose) {
        Arguments.bytes("allocate", bytes, 1);
        List<DeviceMemory> memory = new ArrayList<>();
        whole(() -> {
            all.meet(Line.of(Kind.ALLOCATE, bytes, 0), this::requireLive);
            all.clique(accelerator.queue(QueueRole.COMMUNICATION).device(), this::requireLive);
            memory.add(accelerator.allocate(bytes, purpose));
        });
        return memory.getFirst();
    }

    @Override
    public long sentBytes() {
        return sent.get();
    }

    @Override
    public void abort(String reason) {
        if (closed) {
            return;
        }
        all.roll().abort(reason);
        RuntimeException end = NcclErrors.ended("the group was aborted: rank " + seat.rank() + ": " + reason);
        all.end(end);
        for (Circle pair : List.copyOf(pairs.values())) {
            pair.roll().abort(reason);
            pair.end(end);
        }
    }

    private void requireLive() {
        if (closed) {
            throw NcclErrors.ended("the group is closed");
        }
        if (broken) {
            throw NcclErrors.ended("an earlier call of the group failed");
        }
        all.roll().requireLive();
        if (parent != null) {
            parent.requireLive();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        all.close();
        pairs.values().forEach(Circle::close);
        if (token != null) {
            token.close();
        }
        if (parent == null) {
            watcher.close();
        }
    }
}
