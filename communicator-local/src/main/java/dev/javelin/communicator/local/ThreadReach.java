package dev.javelin.communicator.local;

import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Threads of one JVM reach all of its memory: a place is its address. */
final class ThreadReach implements Reach {
    private final Board board;

    /** What the threads share; the memory goes when none of them holds it any more. */
    static final class Board {
        final MemorySegment memory;
        final Region[] regions;
        final AtomicReferenceArray<@Nullable Thread> sleepers;
        final Signals signals;

        Board(int ranks) {
            long bytes = Region.bytes(ranks, false);
            memory = Arena.ofAuto().allocate(bytes * ranks, 4096).fill((byte) 0);
            regions = new Region[ranks];
            for (int rank = 0; rank < ranks; rank++) {
                regions[rank] = new Region(memory.address() + bytes * rank);
            }
            sleepers = new AtomicReferenceArray<>(ranks);
            signals = new Signals(ranks);
        }
    }

    private ThreadReach(Board board) {
        this.board = board;
    }

    static ThreadReach join(Seat seat) {
        return new ThreadReach(seat.shared("board", Board.class, () -> new Board(seat.size())));
    }

    Bell bell(int rank) {
        return new ParkBell(board.sleepers, rank);
    }

    @Override
    public Region[] regions() {
        return board.regions;
    }

    @Override
    public Signals signals() {
        return board.signals;
    }

    @Override
    public long segment(Group group, long address, long bytes) {
        return 0;
    }

    @Override
    public long offset(long segment, long address) {
        return address;
    }

    @Override
    public long address(int worldRank, long segment, long offset) {
        return offset;
    }

    @Override
    public DeviceMemory allocate(Group group, Accelerator accelerator, long bytes, String purpose) {
        group.arrive(Kind.ALLOCATE, bytes, 0, 0, Place.NONE, Place.NONE);
        return accelerator.allocate(bytes, purpose);
    }

    @Override
    public void close() {
        // The board goes with the last rank that holds it.
    }
}
