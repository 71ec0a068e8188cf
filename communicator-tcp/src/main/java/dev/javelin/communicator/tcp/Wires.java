package dev.javelin.communicator.tcp;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Seat;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * All that a rank holds: a connection to every other rank of the world, on which its groups take turns, and memory in
 * which bytes arrive that are to be added. One call at a time; {@link #leave} from any thread.
 */
final class Wires {
    private final Seat seat;
    private final Selector selector;
    private final List<@Nullable Link> links;
    private final ReentrantLock busy = new ReentrantLock();
    private Arena arena = Arena.ofShared();
    private long staging;
    private long stagingBytes;
    private volatile @Nullable String reason;
    private volatile boolean failed;
    private boolean left;

    private Wires(Seat seat, Selector selector, List<@Nullable Link> links) {
        this.seat = seat;
        this.selector = selector;
        this.links = links;
    }

    /**
     * Connects to all. Every rank meets its peers in the order of their numbers, so that all pairs of the world meet in one
     * order: the first pair that has not met yet can always do so.
     */
    static Wires connect(Seat seat) {
        List<@Nullable Link> links = new ArrayList<>();
        List<SocketChannel> opened = new ArrayList<>();
        boolean joined = false;
        Selector selector = null;
        try {
            selector = Selector.open();
            for (int peer = 0; peer < seat.size(); peer++) {
                if (peer == seat.rank()) {
                    links.add(null);
                    continue;
                }
                SocketChannel channel = seat.connect(peer, "tcp");
                opened.add(channel);
                links.add(new Link(peer, channel, selector));
            }
            joined = true;
            return new Wires(seat, selector, links);
        } catch (IOException e) {
            throw new JavelinException(
                    TcpErrors.LOST,
                    "rank " + seat.rank() + " cannot use its connections: " + e.getMessage(),
                    "look at the system's limit of open files",
                    e);
        } finally {
            if (!joined) {
                opened.forEach(Wires::drop);
                if (selector != null) {
                    drop(selector);
                }
            }
        }
    }

    private static void drop(Closeable channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It was never used.
        }
    }

    Seat seat() {
        return seat;
    }

    Selector selector() {
        return selector;
    }

    /** The connection to a rank of the world that is not this one. */
    Link link(int peer) {
        Link link = links.get(peer);
        if (link == null) {
            throw new IllegalArgumentException("rank " + peer + " has no connection to itself");
        }
        return link;
    }

    /** Connections to all other ranks. */
    List<Link> links() {
        List<Link> all = new ArrayList<>();
        for (Link link : links) {
            if (link != null) {
                all.add(link);
            }
        }
        return all;
    }

    /** Memory of this many bytes for the call in progress; its contents are undefined. */
    long staging(long bytes) {
        if (bytes > stagingBytes) {
            arena.close();
            arena = Arena.ofShared();
            staging = arena.allocate(bytes, 64).address();
            stagingBytes = bytes;
        }
        return staging;
    }

    /**
     * Makes one call. If it fails, this rank leaves: its peers' calls then fail too.
     *
     * @param what it is, for messages
     */
    void call(String what, Runnable body) {
        busy.lock();
        boolean well = false;
        try {
            requirePresent(what);
            body.run();
            requirePresent(what);
            well = true;
        } catch (JavelinException e) {
            leave(e.code() + " " + e.problem());
            throw e;
        } finally {
            if (!well) {
                leave(what + " failed");
            }
            if (reason != null) {
                go();
            }
            busy.unlock();
        }
    }

    /**
     * Fails if this rank was told to leave.
     *
     * @throws JavelinException {@code JVL-COM-0003}
     */
    void requirePresent(String what) {
        String why = reason;
        if (why != null) {
            throw TcpErrors.left(what, "rank " + seat.rank() + " has left its groups: " + why);
        }
    }

    /** Lets all calls fail, here and on the peers, and gives everything back; the first reason counts. */
    void leave(String why) {
        failed = true;
        tell(why);
    }

    /** Leaves because the work is done; otherwise like {@link #leave}. */
    void close() {
        tell("closed");
    }

    private void tell(String why) {
        if (reason == null) {
            reason = why;
        }
        if (busy.tryLock()) {
            try {
                go();
            } finally {
                busy.unlock();
            }
        } else {
            wake(); // a call in progress on another thread: it goes by itself
        }
    }

    private synchronized void wake() {
        if (selector.isOpen()) {
            selector.wakeup();
        }
    }

    private synchronized void close(Selector open) {
        try {
            open.close();
        } catch (IOException e) {
            // Nothing waits on it any more.
        }
    }

    private void go() {
        if (left || busy.getHoldCount() > 1) {
            return;
        }
        left = true;
        String why = reason == null ? "closed" : reason;
        boolean failure = failed;
        links().forEach(link -> link.leave(failure, why));
        close(selector);
        arena.close();
    }
}
