package dev.javelin.engine.world.wire;

import dev.javelin.engine.world.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Takes connections on a port and passes on those that know the secret, each on a thread of its own. Others are dropped
 * with a line in the log and cost no more than a moment: the handshake has a deadline and few may be in it at a time.
 */
public final class Listener implements AutoCloseable {
    private static final int HANDSHAKES = 64;
    private static final long HANDSHAKE_MILLIS = 3_000;
    private static final int LINES = 20;

    private final ServerSocketChannel server;
    private final Secret secret;
    private final Handshake.Purpose purpose;
    private final Consumer<SocketChannel> taken;
    private final Consumer<String> log;
    private final Semaphore handshakes = new Semaphore(HANDSHAKES);
    private final Set<SocketChannel> strangers = ConcurrentHashMap.newKeySet();
    private final AtomicLong lines = new AtomicLong();

    private Listener(
            ServerSocketChannel server,
            Secret secret,
            Handshake.Purpose purpose,
            Consumer<SocketChannel> taken,
            Consumer<String> log) {
        this.server = server;
        this.secret = secret;
        this.purpose = purpose;
        this.taken = taken;
        this.log = log;
    }

    /**
     * Opens the port.
     *
     * @param address to listen at; port 0 for any free one
     * @param taken gets each connection, in blocking mode and without delay, and owns it; may take as long as it likes
     * @param log gets a line for each connection that is dropped
     */
    public static Listener open(
            InetSocketAddress address,
            Secret secret,
            Handshake.Purpose purpose,
            Consumer<SocketChannel> taken,
            Consumer<String> log)
            throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(address, 1024);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        Listener listener = new Listener(server, secret, purpose, taken, log);
        Thread.ofPlatform()
                .name("javelin-listen-" + server.socket().getLocalPort())
                .daemon()
                .start(listener::accept);
        return listener;
    }

    public int port() {
        return server.socket().getLocalPort();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                if (handshakes.tryAcquire()) {
                    strangers.add(channel);
                    Thread.ofVirtual().start(() -> greet(channel));
                } else {
                    note(channel, HANDSHAKES + " others are at the door");
                    close(channel);
                }
            } catch (IOException e) {
                if (server.isOpen()) {
                    note("port " + port() + " cannot take a connection: " + e);
                    pause();
                }
            }
        }
    }

    /** Lets a lack of file descriptors pass, instead of spinning. */
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void greet(SocketChannel channel) {
        boolean known = false;
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Handshake.server(channel, secret, purpose, HANDSHAKE_MILLIS);
            known = server.isOpen();
        } catch (IOException e) {
            if (server.isOpen()) {
                note(channel, String.valueOf(e.getMessage()));
            }
        } finally {
            handshakes.release();
            strangers.remove(channel);
            if (!known) {
                close(channel);
            }
        }
        if (known) {
            taken.accept(channel);
        }
    }

    private void note(SocketChannel channel, String why) {
        String from;
        try {
            from = String.valueOf(channel.getRemoteAddress());
        } catch (IOException e) {
            from = "an unknown address";
        }
        note("dropped a connection from " + from + " to port " + port() + ": " + why);
    }

    /** A flood of strangers does not become a flood of lines. */
    private void note(String line) {
        long count = lines.incrementAndGet();
        if (count <= LINES || count % 1000 == 0) {
            log.accept(line + (count == LINES ? " (of the next ones only every thousandth is told)" : ""));
        }
    }

    static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // A connection that cannot be closed is closed.
            assert !channel.isOpen();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            assert !server.isOpen();
        }
        strangers.forEach(Listener::close);
    }
}
