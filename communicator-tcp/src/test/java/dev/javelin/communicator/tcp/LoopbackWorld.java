package dev.javelin.communicator.tcp;

import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceQueue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Ranks as threads of this JVM that are connected over loopback; the last resort against a hang is two minutes. */
final class LoopbackWorld implements AutoCloseable {
    /** What a rank does. */
    interface Body<T> {
        T run(Communicator communicator, LoopbackSeat seat) throws Exception;
    }

    private final int size;
    private final ConcurrentHashMap<String, CompletableFuture<byte[]>> told = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, CompletableFuture<SocketChannel>> ends = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile RuntimeException verdict;

    LoopbackWorld(int size) {
        this.size = size;
    }

    /** From now on all that wait are told this. */
    void stop(RuntimeException reason) {
        verdict = reason;
    }

    /** Runs a body on each rank; what each returned or threw. */
    <T> List<Outcome<T>> outcomes(Body<T> body) throws Exception {
        List<Future<Outcome<T>>> running = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            LoopbackSeat seat = new LoopbackSeat(rank);
            Callable<Outcome<T>> task = () -> {
                try (Communicator communicator = new TcpProvider().join(seat, Options.none("communicator.tcp"))) {
                    try {
                        return new Outcome<>(body.run(communicator, seat), null);
                    } catch (RuntimeException | Error e) {
                        return new Outcome<>(null, e);
                    }
                }
            };
            running.add(threads.submit(task));
        }
        List<Outcome<T>> outcomes = new ArrayList<>();
        for (Future<Outcome<T>> one : running) {
            outcomes.add(one.get(2, TimeUnit.MINUTES));
        }
        return outcomes;
    }

    /** Runs a body on each rank; what each returned. */
    <T> List<T> run(Body<T> body) throws Exception {
        List<T> results = new ArrayList<>();
        for (Outcome<T> outcome : outcomes(body)) {
            if (outcome.error() != null) {
                throw new AssertionError("a rank failed: " + outcome.error(), outcome.error());
            }
            results.add(outcome.value());
        }
        return results;
    }

    record Outcome<T>(T value, Throwable error) {}

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private CompletableFuture<SocketChannel> end(int rank, int peer, String name) {
        return ends.computeIfAbsent(rank + " to " + peer + " " + name, key -> new CompletableFuture<>());
    }

    /** A queue whose work is done when it is enqueued. */
    static final class Inline implements DeviceQueue {
        @Override
        public Accelerator device() {
            throw new IllegalStateException("a queue of no device");
        }

        @Override
        public AddressSpace addressSpace() {
            return AddressSpace.HOST;
        }

        @Override
        public DeviceEvent record() {
            return () -> {};
        }

        @Override
        public void record(DeviceEvent event) {}

        @Override
        public void await(DeviceEvent event) {}

        @Override
        public void synchronize() {}

        @Override
        public void run(Runnable task) {
            task.run();
        }
    }

    final class LoopbackSeat implements Seat {
        private final int rank;
        final AtomicLong waits = new AtomicLong();
        volatile Runnable whenWaiting = () -> {};
        final List<SocketChannel> opened = new ArrayList<>();

        LoopbackSeat(int rank) {
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
            return Closeness.HOSTS;
        }

        @Override
        public void put(String key, byte[] value) {
            told.computeIfAbsent(key, k -> new CompletableFuture<>()).complete(value);
        }

        @Override
        public byte[] get(String key) {
            return await(told.computeIfAbsent(key, k -> new CompletableFuture<>()));
        }

        private <T> T await(CompletableFuture<T> future) {
            long since = System.nanoTime();
            while (true) {
                try {
                    return future.get(20, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    waiting(since);
                } catch (InterruptedException | ExecutionException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        /** The lower rank makes both ends, and keeps the other's until it asks. */
        @Override
        public SocketChannel connect(int peer, String name) {
            if (rank < peer) {
                try (ServerSocketChannel server =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
                    SocketChannel mine = SocketChannel.open(server.getLocalAddress());
                    mine.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    SocketChannel theirs = server.accept();
                    theirs.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    end(rank, peer, name).complete(mine);
                    end(peer, rank, name).complete(theirs);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
            SocketChannel channel = await(end(rank, peer, name));
            opened.add(channel);
            return channel;
        }

        @Override
        public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
            throw new IllegalStateException("ranks of several hosts share nothing");
        }

        @Override
        public void waiting(long sinceNanos) {
            waits.incrementAndGet();
            whenWaiting.run();
            if (verdict != null) {
                throw verdict;
            }
        }
    }
}
