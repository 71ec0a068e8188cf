package dev.javelin.communicator.mpi;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Seat;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** The seat of a process that needs nothing but its number; gives up waiting when told to. */
final class ProcessSeat implements Seat {
    private final int rank;
    private final int size;
    private volatile long patienceNanos = 60_000_000_000L;

    ProcessSeat(int rank, int size) {
        this.rank = rank;
        this.size = size;
    }

    void giveUpAfter(long nanos) {
        patienceNanos = nanos;
    }

    /** Stands still as a stalled rank would. */
    void waitUntilOver(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
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
    public Closeness closeness() {
        return Closeness.PROCESSES;
    }

    /** mpirun has started the others as well: they need not be told, nor waited for. */
    @Override
    public void put(String key, byte[] value) {
        requirePresence(key, value);
    }

    @Override
    public byte[] get(String key) {
        byte[] nothing = new byte[0];
        requirePresence(key, nothing);
        return nothing;
    }

    private static void requirePresence(String key, byte[] value) {
        if (!key.startsWith("mpi here ") || value.length > 0) {
            throw new AssertionError("mpi tells its ranks by itself, but for " + key);
        }
    }

    @Override
    public SocketChannel connect(int peer, String name) {
        throw new AssertionError("mpi has its own connections");
    }

    @Override
    public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
        throw new IllegalStateException("processes share nothing");
    }

    @Override
    public void waiting(long sinceNanos) {
        if (System.nanoTime() - sinceNanos > patienceNanos) {
            throw new JavelinException("JVL-RNK-0002", "the world gave up on a rank", "look at it");
        }
    }
}
