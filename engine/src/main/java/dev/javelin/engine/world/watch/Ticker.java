package dev.javelin.engine.world.watch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A thread that does something a few times a second until closed, also if that fails. */
public final class Ticker implements AutoCloseable {
    private final Thread thread;
    private volatile boolean closed;

    /** Starts at once. */
    public Ticker(String name, long periodMillis, Runnable action) {
        thread = Thread.ofPlatform().name(name).daemon().start(() -> {
            while (!closed) {
                run(action);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(periodMillis));
            }
        });
    }

    private static void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            Thread self = Thread.currentThread();
            self.getUncaughtExceptionHandler().uncaughtException(self, e);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
