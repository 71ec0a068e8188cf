package dev.javelin.communicator.local;

import dev.javelin.api.DType;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.communicator.host.Shares;
import java.util.function.IntToLongFunction;

/** The collectives, once all members have arrived and know each other's buffers. */
final class Collectives {
    /** A block of a sum and its sources stay in the cache until it is written to all who want it. */
    private static final long BLOCK_BYTES = 16 << 10;

    private final Group group;
    private final int rank;
    private final int size;

    /** How buffers pass. */
    enum Way {
        /**
         * Small ones were copied into the region before arrival: every member reads all it needs there and goes on; the
         * next call takes another place.
         */
        EAGER,
        /** Those that all members reach are read where they are; a step at the end tells that they may be used again. */
        DIRECT,
        /** Others pass through the windows, in pieces. */
        STAGED
    }

    Collectives(Group group) {
        this.group = group;
        this.rank = group.rank();
        this.size = group.size();
    }

    void allReduce(Way way, long buffer, long elements, DType dtype) {
        switch (way) {
            case EAGER -> sum(dtype, eagers(0), buffer, elements);
            case DIRECT -> {
                reduceShare(buffers(0), elements, dtype);
                group.step();
            }
            case STAGED -> allReduceStaged(buffer, elements, dtype);
        }
    }

    /** Sums this rank's share of the elements into all members' buffers. */
    private void reduceShare(long[] buffers, long elements, DType dtype) {
        Shares shares = new Shares(elements, size);
        long end = shares.begin(rank) + shares.count(rank);
        long block = BLOCK_BYTES / dtype.bytes();
        long[] at = new long[size];
        for (long begin = shares.begin(rank); begin < end; begin += block) {
            long count = Math.min(block, end - begin);
            for (int member = 0; member < size; member++) {
                at[member] = buffers[member] + begin * dtype.bytes();
            }
            sum(dtype, at, at[rank], count);
            for (int member = 0; member < size; member++) {
                copy(at[rank], at[member], count * dtype.bytes());
            }
        }
    }

    private void allReduceStaged(long buffer, long elements, DType dtype) {
        long[] windows = windows(0);
        long most = Region.WINDOW_BYTES / dtype.bytes();
        for (long begin = 0; begin < elements; begin += most) {
            long count = Math.min(most, elements - begin);
            long piece = buffer + begin * dtype.bytes();
            copy(piece, windows[rank], count * dtype.bytes());
            group.step();
            reduceShare(windows, count, dtype);
            group.step();
            copy(windows[rank], piece, count * dtype.bytes());
        }
    }

    void reduceScatter(Way way, long full, long shard, long elements, DType dtype) {
        long part = rank * elements * dtype.bytes();
        switch (way) {
            case EAGER -> sum(dtype, eagers(part), shard, elements);
            case DIRECT -> {
                sum(dtype, buffers(part), shard, elements);
                group.step();
            }
            case STAGED -> reduceScatterStaged(full, shard, elements, dtype);
        }
    }

    private void reduceScatterStaged(long full, long shard, long elements, DType dtype) {
        long most = Region.WINDOW_BYTES / size / dtype.bytes();
        for (long begin = 0; begin < elements; begin += most) {
            long count = Math.min(most, elements - begin);
            long bytes = count * dtype.bytes();
            for (int part = 0; part < size; part++) {
                copy(full + (part * elements + begin) * dtype.bytes(), window(rank) + part * bytes, bytes);
            }
            group.step();
            sum(dtype, windows(rank * bytes), shard + begin * dtype.bytes(), count);
            group.step();
        }
    }

    void allGather(Way way, long shard, long full, long bytes) {
        switch (way) {
            case EAGER -> gather(eagers(0), full, bytes);
            case DIRECT -> {
                gather(buffers(0), full, bytes);
                group.step();
            }
            case STAGED -> allGatherStaged(shard, full, bytes);
        }
    }

    private void gather(long[] shards, long full, long bytes) {
        for (int turn = 0; turn < size; turn++) {
            int member = (rank + turn) % size; // not all at one member at once
            copy(shards[member], full + member * bytes, bytes);
        }
    }

    private void allGatherStaged(long shard, long full, long bytes) {
        copy(shard, full + rank * bytes, bytes);
        for (long begin = 0; begin < bytes; begin += Region.WINDOW_BYTES) {
            long count = Math.min(Region.WINDOW_BYTES, bytes - begin);
            copy(full + rank * bytes + begin, window(rank), count);
            group.step();
            for (int member = 0; member < size; member++) {
                if (member != rank) {
                    copy(window(member), full + member * bytes + begin, count);
                }
            }
            group.step();
        }
    }

    void allToAll(Way way, long source, long target, long bytes) {
        switch (way) {
            case EAGER -> gather(eagers(rank * bytes), target, bytes);
            case DIRECT -> {
                gather(buffers(rank * bytes), target, bytes);
                group.step();
            }
            case STAGED -> allToAllStaged(source, target, bytes);
        }
    }

    private void allToAllStaged(long source, long target, long bytes) {
        long most = Region.WINDOW_BYTES / size;
        for (long begin = 0; begin < bytes; begin += most) {
            long count = Math.min(most, bytes - begin);
            for (int part = 0; part < size; part++) {
                copy(source + part * bytes + begin, window(rank) + part * count, count);
            }
            group.step();
            for (int member = 0; member < size; member++) {
                copy(window(member) + rank * count, target + member * bytes + begin, count);
            }
            group.step();
        }
    }

    void broadcast(Way way, long buffer, long bytes, int root) {
        switch (way) {
            case EAGER -> copy(rank == root ? buffer : group.eager(root), buffer, bytes);
            case DIRECT -> {
                copy(group.buffer(root), buffer, bytes);
                group.step();
            }
            case STAGED -> broadcastStaged(buffer, bytes, root);
        }
    }

    private void broadcastStaged(long buffer, long bytes, int root) {
        for (long begin = 0; begin < bytes; begin += Region.WINDOW_BYTES) {
            long count = Math.min(Region.WINDOW_BYTES, bytes - begin);
            if (rank == root) {
                copy(buffer + begin, window(root), count);
            }
            group.step();
            if (rank != root) {
                copy(window(root), buffer + begin, count);
            }
            group.step();
        }
    }

    private void sum(DType dtype, long[] sources, long target, long elements) {
        group.station().sum().sum(dtype, sources, target, elements);
    }

    private static void copy(long source, long target, long bytes) {
        if (source != target) {
            HostMemory.copy(source, target, bytes);
        }
    }

    private long window(int member) {
        return group.region(member).window(group.station().size());
    }

    private long[] windows(long offset) {
        return each(this::window, offset);
    }

    private long[] eagers(long offset) {
        return each(group::eager, offset);
    }

    private long[] buffers(long offset) {
        return each(group::buffer, offset);
    }

    private long[] each(IntToLongFunction address, long offset) {
        long[] addresses = new long[size];
        for (int member = 0; member < size; member++) {
            addresses[member] = address.applyAsLong(member) + offset;
        }
        return addresses;
    }
}
