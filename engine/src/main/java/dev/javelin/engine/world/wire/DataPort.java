package dev.javelin.engine.world.wire;

import dev.javelin.engine.world.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Where the ranks of a process take connections from other ranks: one port for all of them. After the handshake the one
 * that connects sends its {@link Hello} and gets one in return that says the same.
 */
public final class DataPort implements AutoCloseable {
    private static final byte HELLO = 1;
    private static final long HANDSHAKE_MILLIS = 5_000;
    private static final int CONNECT_MILLIS = 5_000;

    private final String job;
    private final Consumer<String> log;
    private final Map<Hello, CompletableFuture<SocketChannel>> ends = new ConcurrentHashMap<>();
    private final Set<SocketChannel> greeting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private final Listener listener;

    /**
     * Opens the port.
     *
     * @param address to listen at; port 0 for any free one
     */
    public DataPort(InetSocketAddress address, Secret secret, String job, Consumer<String> log) throws IOException {
        this.job = job;
        this.log = log;
        this.listener = Listener.open(address, secret, Handshake.Purpose.DATA, this::take, log);
    }

    public int port() {
        return listener.port();
    }

    /** This process's end of a connection that another rank makes, when it has; the caller owns it. */
    public CompletableFuture<SocketChannel> accept(Hello hello) {
        CompletableFuture<SocketChannel> end = ends.computeIfAbsent(hello, key -> new CompletableFuture<>());
        end.whenComplete((channel, failure) -> ends.remove(hello, end));
        return end;
    }

    private void take(SocketChannel channel) {
        greeting.add(channel);
        try {
            Frames.Frame frame = Frames.read(channel);
            Hello hello = Hello.decode(frame.body());
            if (frame.type() != HELLO || !hello.job().equals(job) || closed) {
                throw new IOException("it asks for the " + hello + " of job " + hello.job() + "; this is " + job);
            }
            CompletableFuture<SocketChannel> end = ends.computeIfAbsent(hello, key -> new CompletableFuture<>());
            if (end.isDone()) {
                throw new IOException("there is a " + hello + " already");
            }
            Frames.write(channel, frame);
            greeting.remove(channel);
            if (!end.complete(channel)) {
                Listener.close(channel);
            }
        } catch (IOException e) {
            if (!closed) {
                log.accept("dropped a connection to port " + port() + ": " + e.getMessage());
            }
            greeting.remove(channel);
            Listener.close(channel);
        }
    }

    /** Connects to another process's port; the caller owns what it gets. */
    public static SocketChannel dial(InetSocketAddress address, Secret secret, Hello hello) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(address, CONNECT_MILLIS);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Handshake.client(channel, secret, Handshake.Purpose.DATA, HANDSHAKE_MILLIS);
            Frames.write(channel, new Frames.Frame(HELLO, hello.encoded()));
            channel.socket().setSoTimeout((int) HANDSHAKE_MILLIS);
            byte[] echo = Frames.read(channel).body();
            if (!Hello.decode(echo).equals(hello)) {
                throw new IOException("another connection answered");
            }
            channel.socket().setSoTimeout(0);
            return channel;
        } catch (IOException | RuntimeException e) {
            Listener.close(channel);
            throw e;
        }
    }

    @Override
    public void close() {
        closed = true;
        listener.close();
        greeting.forEach(Listener::close);
        ends.values().forEach(end -> {
            if (!end.cancel(false) && !end.isCompletedExceptionally()) {
                Listener.close(end.join());
            }
        });
    }
}
