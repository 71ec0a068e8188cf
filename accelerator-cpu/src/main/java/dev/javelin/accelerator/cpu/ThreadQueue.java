package dev.javelin.accelerator.cpu;

import dev.javelin.spi.device.QueueRole;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A queue whose work is done by a thread of its own, in order, beside its caller. What a task throws ends the queue:
 * tasks behind it are left out, and waiting for any of them throws it.
 *
 * <p>Whoever waits, the thread for work or a caller for an event, spins for some microseconds and then sleeps.
 */
final class ThreadQueue implements CpuQueue, AutoCloseable {
    /** Turns before sleeping: about 20 microseconds, so that a busy core is soon left to those who compute. */
    private static final int SPINS = 1_000;

    private static final long CLOSE_MILLIS = 2_000;

    private final CpuAccelerator device;
    private final QueueRole role;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile long enqueued;
    private volatile long passed;
    /** Set before {@link #passed} grows past the task that threw. */
    private @Nullable Throwable failure;
    /** Number of the task that threw, from 1. */
    private long failed = Long.MAX_VALUE;

    private volatile boolean idle;
    private volatile int sleepers;
    private volatile boolean closed;

    ThreadQueue(CpuAccelerator device, QueueRole role) {
        this.device = device;
        this.role = role;
        this.thread = Thread.ofPlatform().daemon().name("javelin-cpu-" + role).start(this::serve);
    }

    @Override
    public CpuAccelerator device() {
        return device;
    }

    @Override
    public void record(DeviceEvent event) {
        device.requireOpen();
        CpuEvent.of(device, event, this).move(new CpuEvent.Mark(this, enqueued));
    }

    @Override
    public void await(DeviceEvent event) {
        device.requireOpen();
        CpuEvent.Place awaited = CpuEvent.of(device, event, this).place();
        if (awaited instanceof CpuEvent.Mark mark && mark.queue() == this) {
            return; // all that comes behind it waits for it anyway
        }
        run(awaited::join);
    }

    @Override
    public synchronized void run(Runnable task) {
        device.requireOpen();
        tasks.add(task);
        enqueued = enqueued + 1;
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void synchronize() {
        device.requireOpen();
        join(enqueued);
    }

    /** Waits until that many tasks have passed; throws what one of them threw. */
    void join(long count) {
        for (int spins = 0; passed < count && spins < SPINS; spins++) {
            Thread.onSpinWait();
        }
        if (passed < count) {
            sleep(count);
        }
        if (failed <= count) { // written before passed, which was read above
            CpuEvent.rethrow(failure);
        }
    }

    private void sleep(long count) {
        boolean interrupted = false;
        synchronized (tasks) {
            sleepers = sleepers + 1;
            while (passed < count && !closed) {
                try {
                    tasks.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            sleepers = sleepers - 1;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        device.requireOpen();
    }

    private void serve() {
        int spins = 0;
        while (!closed) {
            Runnable task = tasks.poll();
            if (task != null) {
                pass(task);
                spins = 0;
            } else if (spins < SPINS) {
                spins++;
                Thread.onSpinWait();
            } else {
                idle = true;
                if (tasks.isEmpty() && !closed) {
                    LockSupport.park(this);
                }
                idle = false;
                spins = 0;
            }
        }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // written by this thread alone
    private void pass(Runnable task) {
        if (failure == null) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                failure = e;
                failed = passed + 1;
            }
        }
        passed++;
        if (sleepers > 0) {
            synchronized (tasks) {
                tasks.notifyAll();
            }
        }
    }

    /** Ends the thread: a task in progress is interrupted, and left behind if it does not heed that. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        if (enqueued > passed) {
            thread.interrupt();
        }
        synchronized (tasks) {
            tasks.notifyAll();
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "cpu " + role;
    }
}
