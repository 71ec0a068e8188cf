package dev.javelin.engine.world.link;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.Secret;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.watch.Failure;
import dev.javelin.engine.world.watch.PulseReport;
import dev.javelin.engine.world.watch.Ticker;
import dev.javelin.engine.world.watch.Verdict;
import dev.javelin.engine.world.watch.Watch;
import dev.javelin.engine.world.wire.DataPort;
import dev.javelin.engine.world.wire.Hello;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The tie of a world whose ranks are all threads of this JVM: the watch is here too. */
public final class LocalLink implements Link {
    private static final String JOB = "threads";

    private final int size;
    private final Supplier<List<PulseReport>> ranks;
    private final Watch watch;
    private final Store store = new Store();
    private final Secret secret = Secret.random();
    private final Consumer<String> log;
    private final long timeoutMillis;
    private final Ticker ticker;
    private volatile @Nullable Verdict verdict;
    private @Nullable DataPort port;
    private boolean closed;
    private int ended;
    private CompletableFuture<Void> allEnded = new CompletableFuture<>();

    /** @param ranks gives the ranks as they are now */
    public LocalLink(int size, WorldOptions options, Supplier<List<PulseReport>> ranks) {
        this.size = size;
        this.ranks = ranks;
        this.log = options.log();
        this.timeoutMillis = options.timeoutMillis();
        this.watch = new Watch(size, options.timeoutMillis() * 1_000_000, System::nanoTime, told -> verdict = told);
        for (int rank = 0; rank < size; rank++) {
            watch.joined(rank, "", 0);
        }
        this.ticker = new Ticker("javelin-watch", options.heartbeatMillis(), () -> {
            ranks.get().forEach(watch::heard);
            watch.tick();
        });
    }

    @Override
    public @Nullable Verdict verdict() {
        return verdict;
    }

    @Override
    public CompletableFuture<Boolean> put(String key, byte[] value) {
        return CompletableFuture.completedFuture(store.put(key, value.clone()));
    }

    @Override
    public CompletableFuture<byte[]> get(String key) {
        return store.value(key).thenApply(byte[]::clone);
    }

    @Override
    public synchronized void started() {
        ended = 0;
    }

    @Override
    public void failed(Failure failure) {
        ranks.get().forEach(watch::heard);
        watch.failed(failure);
    }

    @Override
    public synchronized void ended(int rank) {
        if (++ended == size) {
            ended = 0;
            CompletableFuture<Void> all = allEnded;
            allEnded = new CompletableFuture<>();
            all.complete(null);
        }
    }

    @Override
    public synchronized CompletableFuture<Void> allEnded() {
        return allEnded;
    }

    @Override
    public CompletableFuture<SocketChannel> connect(int rank, int peer, String name) {
        Hello hello = new Hello(JOB, Math.max(rank, peer), Math.min(rank, peer), name);
        DataPort open = port();
        if (rank < peer) {
            return open.accept(hello);
        }
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), open.port());
        return Dialing.start(address, secret, hello, timeoutMillis);
    }

    /** Opened by the first connection. */
    private synchronized DataPort port() {
        if (closed) {
            throw new IllegalStateException("the world is closed");
        }
        DataPort open = port;
        if (open == null) {
            try {
                open = new DataPort(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), secret, JOB, log);
            } catch (IOException e) {
                throw new JavelinException(
                        "JVL-RNK-0006",
                        "no port can be opened on the loopback interface: " + e,
                        "see to it that the loopback interface is up and file descriptors are left",
                        e);
            }
            port = open;
        }
        return open;
    }

    @Override
    public void close() {
        ticker.close();
        DataPort open;
        synchronized (this) {
            closed = true;
            open = port;
            port = null;
        }
        if (open != null) {
            open.close();
        }
    }
}
