package dev.javelin.engine.world.watch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A thread that does something a few times a second until closed. */
public final class Ticker implements AutoCloseable {
    private final Thread thread;
    private volatile boolean closed;

    /** Starts at once. */
    public Ticker(String name, long periodMillis, Runnable action) {
        thread = Thread.ofPlatform().name(name).daemon().start(() -> {
            while (!closed) {
                action.run();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(periodMillis));
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
