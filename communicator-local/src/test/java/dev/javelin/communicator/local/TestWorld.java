package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** N ranks as threads of this JVM; as PROCESSES each of them maps the others' memory as a process would. */
final class TestWorld {
    private static final long LIMIT_NANOS = 60_000_000_000L;

    private final int size;
    private final Seat.Closeness closeness;
    private final Map<String, byte[]> values = new ConcurrentHashMap<>();
    private final Map<String, Object> shared = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable RuntimeException> stop = new AtomicReference<>();

    private final CommunicatorProvider provider;
    private @Nullable IntFunction<Accelerator> devices;

    TestWorld(int size, Seat.Closeness closeness) {
        this(size, closeness, new LocalProvider());
    }

    TestWorld(int size, Seat.Closeness closeness, CommunicatorProvider provider) {
        this.size = size;
        this.closeness = closeness;
        this.provider = provider;
    }

    /** Gives each rank a device of its own kind instead of the CPU. */
    TestWorld on(IntFunction<Accelerator> opener) {
        devices = opener;
        return this;
    }

    private Accelerator open(int rank, int threads) {
        return devices == null ? Devices.open(threads) : devices.apply(rank);
    }

    /** What a rank does. */
    interface Body {
        void run(Communicator group, Accelerator cpu) throws Exception;
    }

    /** Lets waiting fail from now on. */
    void stop(RuntimeException reason) {
        stop.set(reason);
    }

    /** Runs the body as each rank, each with an accelerator of so many threads; gives what each threw. */
    List<@Nullable Throwable> outcomes(int threads, Body body) throws InterruptedException {
        List<AtomicReference<@Nullable Throwable>> thrown = new ArrayList<>();
        List<Thread> ranks = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int rank = i;
            AtomicReference<@Nullable Throwable> outcome = new AtomicReference<>();
            thrown.add(outcome);
            ranks.add(Thread.ofPlatform().daemon().name("rank " + rank).start(() -> {
                try (Accelerator cpu = open(rank, threads);
                        Communicator group = provider.join(new Place(rank), Options.none("local"))) {
                    body.run(group, cpu);
                } catch (Throwable e) {
                    outcome.set(e);
                }
            }));
        }
        for (Thread thread : ranks) {
            thread.join();
        }
        List<@Nullable Throwable> outcomes = new ArrayList<>();
        thrown.forEach(outcome -> outcomes.add(outcome.get()));
        return outcomes;
    }

    /** Runs the body as each rank; throws what the first of them threw. */
    void run(int threads, Body body) throws Exception {
        Throwable first = null;
        for (Throwable thrown : outcomes(threads, (group, cpu) -> {
            try {
                body.run(group, cpu);
            } catch (Throwable e) {
                stop.compareAndSet(null, new IllegalStateException("another rank failed: " + e));
                throw e;
            }
        })) {
            if (thrown != null
                    && (first == null
                            || first.getMessage() == null
                            || first.getMessage().startsWith("another"))) {
                first = thrown;
            }
        }
        if (first instanceof Error e) {
            throw e;
        }
        if (first instanceof Exception e) {
            throw e;
        }
    }

    private final class Place implements Seat {
        private final int rank;

        Place(int rank) {
            this.rank = rank;
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
            return closeness;
        }

        @Override
        public void put(String key, byte[] value) {
            values.put(key, value.clone());
        }

        @Override
        public byte[] get(String key) {
            long since = System.nanoTime();
            while (true) {
                byte[] value = values.get(key);
                if (value != null) {
                    return value.clone();
                }
                waiting(since);
                Thread.onSpinWait();
            }
        }

        @Override
        public SocketChannel connect(int peer, String name) {
            throw new IllegalStateException("local needs no connection");
        }

        @Override
        public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
            if (closeness != Closeness.THREADS) {
                throw new IllegalStateException("no threads");
            }
            return type.cast(shared.computeIfAbsent(key, k -> maker.get()));
        }

        @Override
        public void waiting(long sinceNanos) {
            RuntimeException reason = stop.get();
            if (reason != null) {
                throw reason;
            }
            if (System.nanoTime() - sinceNanos > LIMIT_NANOS) {
                throw new JavelinException("JVL-RNK-0002", "rank " + rank + " waited for a minute", "look why");
            }
        }
    }
}
