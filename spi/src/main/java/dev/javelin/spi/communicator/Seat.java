package dev.javelin.spi.communicator;

import java.nio.channels.SocketChannel;
import java.util.function.Supplier;

/** A rank's place in its world, before there is a communicator: who it is and how it finds the others. */
public interface Seat {

    int rank();

    int size();

    /** How close the ranks are. */
    Closeness closeness();

    /** THREADS of one JVM, PROCESSES of one host, or several HOSTS. */
    enum Closeness {
        THREADS,
        PROCESSES,
        HOSTS
    }

    /**
     * Tells the others something, once per key. Keys are the communicator's own: no other plugin sees them.
     *
     * @param value at most 64 KiB
     */
    void put(String key, byte[] value);

    /** What some rank put; waits until it has, by {@link #waiting}. */
    byte[] get(String key);

    /**
     * A connection to a peer, made and authenticated by the engine: both ranks call it with the same name, each gets its
     * end. TCP without delay, in blocking mode. The caller closes it.
     *
     * @param name of the connection, unique between the two ranks
     */
    SocketChannel connect(int peer, String name);

    /**
     * An object that all ranks share: what the first of them makes.
     *
     * @throws IllegalStateException unless the ranks are THREADS
     */
    <T> T shared(String key, Class<T> type, Supplier<T> maker);

    /**
     * To be called at least four times a second while waiting for others; cheap enough to be called at every turn of a
     * spin loop. Throws when it is in vain to wait on: the world was stopped, a rank has failed, or the time is up where
     * nobody watches the ranks.
     *
     * @param sinceNanos {@link System#nanoTime} when the waiting began
     * @throws dev.javelin.api.JavelinException who failed, where and why
     */
    void waiting(long sinceNanos);
}
