package dev.javelin.engine.world;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.link.Link;
import dev.javelin.engine.world.watch.Failure;
import dev.javelin.engine.world.watch.PulseReport;
import dev.javelin.engine.world.watch.Verdict;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** A rank of this JVM, over whatever ties it to the others. */
final class RankSeat implements Member {
    private static final int MOST_VALUE_BYTES = 64 << 10;
    private static final int MOST_KEY_CHARS = 1000;
    private static final int MOST_TEXT_CHARS = 400;
    private static final long POLL_MILLIS = 20;

    private final int size;
    private final int place;
    private final Closeness closeness;
    private final Link link;
    private final ConcurrentMap<String, Object> shared;
    private final Pulse pulse;
    private volatile LongFunction<String> tickets = ticket -> "ticket 0x" + Long.toHexString(ticket);

    /**
     * @param first the first rank of this process
     * @param shared what the ranks of this JVM share
     */
    RankSeat(int rank, int size, int first, Closeness closeness, Link link, ConcurrentMap<String, Object> shared) {
        this.size = size;
        this.place = closeness == Closeness.HOSTS ? rank - first : rank;
        this.closeness = closeness;
        this.link = link;
        this.shared = shared;
        this.pulse = new Pulse(rank);
    }

    @Override
    public Pulse pulse() {
        return pulse;
    }

    @Override
    public void describe(LongFunction<String> texts) {
        tickets = texts;
    }

    @Override
    public int rank() {
        return pulse.rank();
    }

    @Override
    public int place() {
        return place;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Closeness closeness() {
        return closeness;
    }

    @Override
    public void put(String key, byte[] value) {
        checkKey(key);
        if (value.length > MOST_VALUE_BYTES) {
            throw new IllegalArgumentException(
                    "'" + key + "' has " + value.length + " bytes, expected at most " + MOST_VALUE_BYTES);
        }
        if (!await(link.put(key, value.clone()))) {
            throw new IllegalArgumentException("'" + key + "' was put already");
        }
    }

    @Override
    public byte[] get(String key) {
        checkKey(key);
        return await(link.get(key));
    }

    private static void checkKey(String key) {
        if (key.isEmpty() || key.length() > MOST_KEY_CHARS) {
            throw new IllegalArgumentException(
                    "a key has " + key.length() + " characters, expected 1 to " + MOST_KEY_CHARS);
        }
    }

    @Override
    public SocketChannel connect(int peer, String name) {
        if (peer < 0 || peer >= size || peer == rank()) {
            throw new IllegalArgumentException("rank " + rank() + " of " + size + " connects to rank " + peer);
        }
        checkKey(name);
        return await(link.connect(rank(), peer, name));
    }

    @Override
    public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
        if (closeness != Closeness.THREADS) {
            throw new IllegalStateException("ranks share no objects: they are " + closeness);
        }
        return type.cast(shared.computeIfAbsent(key, absent -> maker.get()));
    }

    @Override
    public void waiting(long sinceNanos) {
        Verdict verdict = link.verdict();
        if (verdict != null) {
            throw verdict.failure();
        }
        pulse.waiting(sinceNanos);
    }

    private <T> T await(CompletableFuture<T> answer) {
        long since = System.nanoTime();
        try {
            while (true) {
                waiting(since);
                try {
                    return answer.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    // Not yet: the turn of the loop asks whether to wait on.
                    assert !answer.isCancelled();
                }
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof JavelinException coded ? coded : new CompletionException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            waiting(since);
            throw new JavelinException(
                    "JVL-RNK-0003",
                    "rank " + rank() + " was interrupted while it waited",
                    "let the world end by itself",
                    e);
        } finally {
            answer.cancel(false);
            pulse.waited();
        }
    }

    /** The rank as it is now, for the watch. */
    PulseReport report() {
        Pulse.Snapshot now = pulse.snapshot();
        String text = now.inCollective() ? text(now.ticket()) : "";
        PulseReport report = PulseReport.of(now, pulse.begun(), pulse.polls(), text, System.nanoTime());
        return report.withProgress(report.counter(), report.step(), cut(report.activity()));
    }

    /** What this rank threw, for the watch. */
    Failure failure(Throwable thrown) {
        return Failure.of(rank(), thrown, !pulse.begun(), this::text);
    }

    private String text(long ticket) {
        try {
            return cut(String.valueOf(tickets.apply(ticket)));
        } catch (RuntimeException e) {
            return "ticket 0x" + Long.toHexString(ticket) + ", which cannot be described: " + cut(String.valueOf(e));
        }
    }

    private static String cut(String text) {
        return text.length() <= MOST_TEXT_CHARS ? text : text.substring(0, MOST_TEXT_CHARS) + "...";
    }
}
