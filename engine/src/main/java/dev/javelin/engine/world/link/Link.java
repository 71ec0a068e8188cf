package dev.javelin.engine.world.link;

import dev.javelin.engine.world.watch.Failure;
import dev.javelin.engine.world.watch.Verdict;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What ties the ranks of a JVM to those that watch over the world. Nothing here waits; any thread may call. */
public interface Link extends AutoCloseable {

    /** Why the world has stopped; null while it goes on. A volatile read. */
    @Nullable
    Verdict verdict();

    /** Tells the others something; false if the key is taken. */
    CompletableFuture<Boolean> put(String key, byte[] value);

    /** What somebody put, when they have. */
    CompletableFuture<byte[]> get(String key);

    /** The ranks of this process begin a run. */
    void started();

    /** A rank threw; how far all ranks of this process are is told before. */
    void failed(Failure failure);

    /** A rank has ended its run well. */
    void ended(int rank);

    /** When all ranks have ended this run well. */
    CompletableFuture<Void> allEnded();

    /** A rank's end of a connection to a peer, when it is there. Cancelled if no longer wanted. */
    CompletableFuture<SocketChannel> connect(int rank, int peer, String name);

    @Override
    void close();
}
