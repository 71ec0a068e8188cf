package dev.javelin.engine.world;

import dev.javelin.engine.world.wire.DataPort;
import dev.javelin.engine.world.wire.Hello;
import dev.javelin.engine.world.wire.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;

/** Connects to a port on a thread of its own, so that the rank that waits for it can ask whether to wait on. */
final class Dialing {
    private Dialing() {}

    /** The connection when it is made; one that nobody wants any more is closed. */
    static CompletableFuture<SocketChannel> start(InetSocketAddress address, Secret secret, Hello hello) {
        CompletableFuture<SocketChannel> end = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> dial(address, secret, hello, end));
        return end;
    }

    private static void dial(
            InetSocketAddress address, Secret secret, Hello hello, CompletableFuture<SocketChannel> end) {
        try {
            SocketChannel channel = DataPort.dial(address, secret, hello);
            if (!end.complete(channel)) {
                channel.close();
            }
        } catch (IOException | RuntimeException e) {
            end.completeExceptionally(e);
        }
    }
}
