package dev.javelin.accelerator.cpu.threads;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed pool of threads, the caller included, that runs the tiles of one kernel at a time.
 *
 * <p>Tiles are dealt dynamically: each thread takes the next number until none is left, so uneven tiles and busy cores
 * balance themselves. Idle workers spin briefly (kernels of a training step follow each other within microseconds) and
 * then park, so that an idle pool costs nothing.
 *
 * <p>The pool holds no static state; any number of pools may live in one JVM.
 */
public final class Workers implements AutoCloseable {

    /** Spins before parking: about 50 microseconds, more than the gap between two kernels of a step. */
    private static final int SPINS = 2_000;

    private final Thread[] threads;
    private final AtomicReference<@Nullable Thread> caller = new AtomicReference<>();
    private volatile @Nullable Job current;
    private volatile boolean closed;

    /**
     * Starts a pool.
     *
     * @param threads number of threads that work on a kernel, the caller included; at least 1
     */
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs at least 1 thread, got " + threads);
        }
        this.threads = new Thread[threads - 1];
        for (int i = 0; i < this.threads.length; i++) {
            int worker = i + 1;
            this.threads[i] =
                    Thread.ofPlatform().daemon().name("javelin-cpu-" + worker).start(() -> serve(worker));
        }
    }

    /** Number of threads, the caller included: worker numbers are below it. */
    public int threads() {
        return threads.length + 1;
    }

    /**
     * Runs {@code body.tile(0..tiles-1, worker)}, each tile once, and returns when all are done.
     *
     * <p>If a tile throws, tiles not yet begun are left out and the first throwable is thrown here, when no tile runs
     * any more. Not to be called from inside a tile, nor by two threads at a time: that is an {@link
     * IllegalStateException}.
     */
    public void run(int tiles, TileBody body) {
        if (closed) {
            throw new IllegalStateException("the pool of " + threads() + " threads is closed");
        }
        Thread self = Thread.currentThread();
        if (!caller.compareAndSet(null, self)) {
            throw new IllegalStateException("the pool already runs a kernel, called by " + caller.get());
        }
        try {
            if (tiles <= 1 || threads.length == 0) {
                for (int tile = 0; tile < tiles; tile++) {
                    body.tile(tile, 0);
                }
            } else {
                runShared(new Job(tiles, body, self));
            }
        } finally {
            caller.set(null);
        }
    }

    /** Ends the threads; waits until they are gone. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void runShared(Job job) {
        current = job;
        int wanted = Math.min(threads.length, job.tiles - 1);
        for (int i = 0; i < wanted; i++) {
            LockSupport.unpark(threads[i]);
        }
        job.work(0);
        job.await();
        current = null;
        job.rethrow();
    }

    private void serve(int worker) {
        Job last = null;
        int spins = 0;
        while (!closed) {
            Job job = current;
            if (job != null && job != last) {
                job.work(worker);
                last = job;
                spins = 0;
            } else if (spins < SPINS) {
                spins++;
                Thread.onSpinWait();
            } else {
                last = null; // a parked worker keeps no kernel's operands reachable; a finished job deals no tile
                LockSupport.park(this);
                spins = 0;
            }
        }
    }

    /** One kernel: deals its tiles and counts those that are done. */
    private static final class Job {
        private final int tiles;
        private final TileBody body;
        private final Thread caller;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(int tiles, TileBody body, Thread caller) {
            this.tiles = tiles;
            this.body = body;
            this.caller = caller;
        }

        void work(int worker) {
            int tile;
            while (next.get() < tiles && (tile = next.getAndIncrement()) < tiles) {
                if (failure.get() == null) {
                    runTile(tile, worker);
                }
                if (done.incrementAndGet() == tiles && worker != 0) {
                    LockSupport.unpark(caller);
                }
            }
        }

        private void runTile(int tile, int worker) {
            try {
                body.tile(tile, worker);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        }

        void await() {
            int spins = 0;
            while (done.get() < tiles) {
                if (spins < SPINS) {
                    spins++;
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }

        void rethrow() {
            Throwable thrown = failure.get();
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
        }
    }
}
