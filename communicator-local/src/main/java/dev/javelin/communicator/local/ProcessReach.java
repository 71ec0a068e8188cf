package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.communicator.local.Libc.Failure;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Processes of one host reach each other's regions, and the segments that they allocated together. */
final class ProcessReach implements Reach {
    private final Peers peers;
    private final int rank;
    private final List<Segment> segments = new CopyOnWriteArrayList<>();

    private ProcessReach(Peers peers, int rank) {
        this.peers = peers;
        this.rank = rank;
    }

    static ProcessReach join(Libc libc, Seat seat, SharedFiles.Kind... ways) {
        return new ProcessReach(Peers.join(libc, seat, ways), seat.rank());
    }

    /**
     * Memory of equal size in each member's own file, all mapped here.
     *
     * @param bases by rank of the world; 0 for those that are not members
     */
    private record Segment(long key, long bytes, long[] bases) {
        boolean covers(Group group) {
            for (int member = 0; member < group.size(); member++) {
                if (bases[group.world(member)] == 0) {
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public Region[] regions() {
        return peers.regions();
    }

    @Override
    public Signals signals() {
        throw new JavelinException(
                "JVL-COM-0004",
                "communicator local cannot exchange memory of a device between processes",
                "let the ranks be threads of one JVM, or choose communicator nccl for a GPU each");
    }

    @Override
    public long segment(Group group, long address, long bytes) {
        for (Segment segment : segments) {
            long offset = address - segment.bases[rank];
            if (offset >= 0 && offset <= segment.bytes - bytes && segment.covers(group)) {
                return segment.key;
            }
        }
        return NOWHERE;
    }

    @Override
    public long offset(long segment, long address) {
        return address - of(segment).bases[rank];
    }

    @Override
    public long address(int worldRank, long segment, long offset) {
        return of(segment).bases[worldRank] + offset;
    }

    private Segment of(long key) {
        for (Segment segment : segments) {
            if (segment.key == key) {
                return segment;
            }
        }
        throw new JavelinException(
                "JVL-COM-0001",
                "a peer's buffer lies in memory that this rank has closed",
                "close memory of the communicator only when no rank uses it any more");
    }

    @Override
    public DeviceMemory allocate(Group group, Accelerator accelerator, long bytes, String purpose) {
        long[] bases = new long[peers.regions().length];
        SharedFiles files = peers.files();
        try {
            SharedFiles.File file = files.make(bytes);
            try {
                bases[rank] = files.map(file, bytes);
                DeviceMemory memory = accelerator.adopt(bases[rank], bytes, purpose, () -> release(bases, bytes));
                try {
                    files.populate(bases[rank], bytes);
                    meet(group, file, bases, bytes);
                } catch (Failure | RuntimeException e) {
                    memory.close();
                    throw e;
                }
                return memory;
            } finally {
                files.dismiss(file);
            }
        } catch (Failure e) {
            throw new JavelinException(
                    "JVL-MEM-0001",
                    "allocate: " + bytes + " bytes of shared memory for " + purpose + ": " + e.getMessage(),
                    "free memory, or raise the limit of shared memory (of a container: --shm-size)",
                    e);
        }
    }

    /** Shows the file to the members and maps theirs. */
    private void meet(Group group, SharedFiles.File file, long[] bases, long bytes) throws Failure {
        group.arrive(Kind.ALLOCATE, bytes, 0, 0, new Place(file.id(), 0), Place.NONE);
        for (int member = 0; member < group.size(); member++) {
            int world = group.world(member);
            if (world != rank) {
                bases[world] = peers.map(world, Words.read(group.line(member) + Region.CALL_SEGMENT_A), bytes);
            }
        }
        segments.add(new Segment(group.key(), bytes, bases));
        group.step();
    }

    private void release(long[] bases, long bytes) {
        segments.removeIf(segment -> segment.bases == bases);
        for (long base : bases) {
            if (base != 0) {
                peers.files().unmap(base, bytes);
            }
        }
    }

    @Override
    public void close() {
        peers.close();
    }
}
