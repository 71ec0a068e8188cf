package dev.javelin.engine.world.link;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.Secret;
import dev.javelin.engine.world.wire.DataPort;
import dev.javelin.engine.world.wire.Handshake;
import dev.javelin.engine.world.wire.Hello;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Connects to another process's port on a thread of its own, so that the rank that waits for it can ask whether to wait
 * on. Tries again until it succeeds, the time is up or nobody wants the connection any more.
 */
final class Dialing {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final InetSocketAddress address;
    private final Secret secret;
    private final Hello hello;
    private final long timeoutMillis;
    private final CompletableFuture<SocketChannel> end = new CompletableFuture<>();

    private Dialing(InetSocketAddress address, Secret secret, Hello hello, long timeoutMillis) {
        this.address = address;
        this.secret = secret;
        this.hello = hello;
        this.timeoutMillis = timeoutMillis;
    }

    /** The connection when it is made; one that nobody wants any more is closed. */
    static CompletableFuture<SocketChannel> start(
            InetSocketAddress address, Secret secret, Hello hello, long timeoutMillis) {
        Dialing dialing = new Dialing(address, secret, hello, timeoutMillis);
        Thread.ofVirtual().name("javelin-dial").start(dialing::dial);
        return dialing.end;
    }

    private void dial() {
        long begin = System.nanoTime();
        while (!end.isDone()) {
            try {
                SocketChannel channel = DataPort.dial(address, secret, hello);
                if (!end.complete(channel)) {
                    channel.close();
                }
            } catch (IOException | RuntimeException e) {
                boolean late = System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
                if (late || !(e instanceof IOException) || e instanceof Handshake.Refused) {
                    end.completeExceptionally(unreachable(e));
                } else {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }

    private JavelinException unreachable(Exception why) {
        return new JavelinException(
                "JVL-RNK-0010",
                "rank " + hello.from() + " cannot connect to rank " + hello.to() + " at "
                        + address.getAddress().getHostAddress() + " port " + address.getPort() + ": "
                        + why.getMessage(),
                "let every host reach every other one on all ports above 1024, on the interface of the rendezvous address",
                why);
    }
}
