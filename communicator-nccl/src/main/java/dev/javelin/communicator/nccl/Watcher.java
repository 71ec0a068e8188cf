package dev.javelin.communicator.nccl;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A rank's thread that looks after its cliques' work in progress, ten times a second. */
final class Watcher implements AutoCloseable {
    private static final long TURN_NANOS = 100_000_000;
    private static final long CLOSE_MILLIS = 2_000;

    private final List<Clique> cliques = new CopyOnWriteArrayList<>();
    private final int rank;
    private @Nullable Thread thread;
    private volatile boolean closed;

    Watcher(int rank) {
        this.rank = rank;
    }

    synchronized void watch(Clique clique) {
        cliques.add(clique);
        if (thread == null && !closed) {
            thread = Thread.ofPlatform().daemon().name("javelin-nccl-" + rank).start(this::serve);
        }
    }

    void leave(Clique clique) {
        cliques.remove(clique);
    }

    private void serve() {
        while (!closed) {
            cliques.forEach(Clique::look);
            LockSupport.parkNanos(TURN_NANOS);
        }
    }

    @Override
    public void close() {
        closed = true;
        Thread serving;
        synchronized (this) {
            serving = thread;
        }
        if (serving != null) {
            LockSupport.unpark(serving);
            try {
                serving.join(CLOSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
