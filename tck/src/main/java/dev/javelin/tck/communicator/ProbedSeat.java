package dev.javelin.tck.communicator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Seat;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A seat that keeps account of what a communicator does with it, and that can end its waits. Keys and names get a prefix,
 * so that one world serves many checks.
 */
final class ProbedSeat implements Seat {
    private static final int MOST_VALUE_BYTES = 64 << 10;
    private static final long TURN_MILLIS = 5;

    private final Seat seat;
    private final Crew crew;
    private final String prefix;
    private final Set<String> keys = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final List<SocketChannel> connections = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final AtomicLong waits = new AtomicLong();
    private volatile long oldestSince = Long.MAX_VALUE;
    private volatile long longestNanos;
    private volatile long firstNanos = Long.MAX_VALUE;
    private volatile long lastNanos;
    private volatile @Nullable JavelinException planted;
    private volatile Seat.@Nullable Closeness pretended;

    ProbedSeat(Seat seat, Crew crew, String prefix) {
        this.seat = seat;
        this.crew = crew;
        this.prefix = prefix;
    }

    @Override
    public int rank() {
        return seat.rank();
    }

    @Override
    public int size() {
        return seat.size();
    }

    @Override
    public Closeness closeness() {
        Closeness other = pretended;
        return other == null ? seat.closeness() : other;
    }

    @Override
    public void put(String key, byte[] value) {
        if (value.length > MOST_VALUE_BYTES) {
            fault("put of " + value.length + " bytes under key '" + key + "'");
        }
        synchronized (this) {
            if (!keys.add(key)) {
                fault("put of key '" + key + "' a second time");
                return;
            }
        }
        seat.put(prefix + key, value);
    }

    @Override
    public byte[] get(String key) {
        return attended("get " + key, () -> seat.get(prefix + key));
    }

    @Override
    public SocketChannel connect(int peer, String name) {
        synchronized (this) {
            if (!names.add(peer + "/" + name)) {
                fault("connection '" + name + "' to rank " + peer + " a second time");
            }
        }
        SocketChannel channel = attended("connect " + peer, () -> seat.connect(peer, prefix + name));
        synchronized (this) {
            connections.add(channel);
        }
        return channel;
    }

    @Override
    public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
        if (closeness() != Closeness.THREADS) {
            throw new IllegalStateException("ranks are " + closeness() + ": nothing is shared");
        }
        return seat.shared(prefix + key, type, maker);
    }

    @Override
    public void waiting(long sinceNanos) {
        waits.incrementAndGet();
        long now = System.nanoTime();
        if (sinceNanos - oldestSince < 0 || oldestSince == Long.MAX_VALUE) {
            oldestSince = sinceNanos;
        }
        longestNanos = Math.max(longestNanos, now - sinceNanos);
        firstNanos = firstNanos == Long.MAX_VALUE ? now : firstNanos;
        lastNanos = now;
        JavelinException end = planted;
        if (end != null) {
            throw end;
        }
        crew.requireGoing();
    }

    private synchronized void fault(String what) {
        faults.add(what);
    }

    /** Does something of the seat's that may wait, by way of {@link #waiting}. */
    private <T> T attended(String what, Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        Thread.ofVirtual().name("tck " + what).start(task);
        try {
            return await(what, task);
        } finally {
            task.cancel(true);
        }
    }

    private <T> T await(String what, FutureTask<T> task) {
        long since = System.nanoTime();
        while (true) {
            try {
                return task.get(TURN_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                waiting(since);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException error) {
                    throw error;
                }
                throw new IllegalStateException(what + " of the seat failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Stopped();
            }
        }
    }

    /** Lets every wait end with this from now on. */
    void plant(JavelinException end) {
        planted = end;
    }

    /** Claims another closeness of the ranks. */
    void pretend(Closeness other) {
        pretended = other;
    }

    /** How often {@link #waiting} was called so far. */
    long waits() {
        return waits.get();
    }

    /** Begins a new account of the times that waits were said to have begun at. */
    void resetTimes() {
        oldestSince = Long.MAX_VALUE;
        longestNanos = 0;
        firstNanos = Long.MAX_VALUE;
    }

    /** From the first call of {@link #waiting} to the last. */
    long spanNanos() {
        return firstNanos == Long.MAX_VALUE ? 0 : lastNanos - firstNanos;
    }

    /** The earliest time at which a wait was said to have begun; {@link Long#MAX_VALUE} if none was. */
    long oldestSince() {
        return oldestSince;
    }

    /** The longest that a wait was said to have taken. */
    long longestNanos() {
        return longestNanos;
    }

    /** What the communicator did with the seat that it may not. */
    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** The connections that were made and are still open. */
    synchronized long openConnections() {
        return connections.stream().filter(SocketChannel::isOpen).count();
    }

    synchronized int connections() {
        return connections.size();
    }
}
