package dev.javelin.tck.accelerator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceQueue;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A queue with a thread of its own; doubles override what they get wrong. */
class SoundQueue implements DeviceQueue {
    final SoundAccelerator device;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private @Nullable Thread thread;
    private long enqueued;
    private long passed;
    private @Nullable RuntimeException failure;
    private long failed = Long.MAX_VALUE;
    private boolean closed;

    SoundQueue(SoundAccelerator device) {
        this.device = device;
    }

    @Override
    public SoundAccelerator device() {
        return device;
    }

    /** Behind that many tasks of a queue. */
    record Mark(SoundQueue queue, long tasks) implements DeviceEvent {
        @Override
        public void synchronize() {
            queue.join(tasks);
        }
    }

    /** An event that moves when it is recorded again. */
    static class Moving implements DeviceEvent {
        final SoundAccelerator device;
        volatile @Nullable Mark mark;

        Moving(SoundAccelerator device) {
            this.device = device;
        }

        /** It is about to be recorded on a queue. */
        void recorded(SoundQueue queue) {}

        @Override
        public void synchronize() {
            Mark now = mark;
            if (now != null) {
                now.synchronize();
            }
        }
    }

    @Override
    public DeviceEvent record() {
        device.requireOpen();
        return new Mark(this, enqueued());
    }

    @Override
    public void record(DeviceEvent event) {
        device.requireOpen();
        if (!(event instanceof Moving moving) || moving.device != device) {
            throw new JavelinException("JVL-TCK-0099", "an event of another device", "use one of this device");
        }
        moving.recorded(this);
        moving.mark = new Mark(this, enqueued());
    }

    synchronized long enqueued() {
        return enqueued;
    }

    @Override
    public void await(DeviceEvent event) {
        device.requireOpen();
        if (event instanceof Moving moving && moving.device == device) {
            Mark now = moving.mark;
            if (now != null) {
                await(now);
            }
            return;
        }
        if (!(event instanceof Mark mark) || mark.queue().device != device) {
            throw new JavelinException("JVL-TCK-0099", "an event of another device", "wait on the host");
        }
        await(mark);
    }

    /** Lets what comes now wait for a mark of this device. */
    void await(Mark mark) {
        if (mark.queue() != this) {
            add(() -> mark.queue().join(mark.tasks()));
        }
    }

    @Override
    public void run(Runnable task) {
        add(task);
    }

    /** Work of the device, or of the host. */
    void add(Runnable task) {
        device.requireOpen();
        synchronized (this) {
            if (thread == null) {
                thread = Thread.ofPlatform().daemon().name("sound queue").start(this::serve);
            }
            tasks.add(task);
            enqueued++;
            notifyAll();
        }
    }

    @Override
    public void synchronize() {
        device.requireOpen();
        join(enqueued());
    }

    void join(long count) {
        joinFor(count, 0);
    }

    /** Waits for that many tasks, for so long at most; 0 for ever. */
    synchronized void joinFor(long count, long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        while (passed < count && !closed && (millis == 0 || System.nanoTime() - end < 0)) {
            hold(millis == 0 ? 0 : Math.max(1, (end - System.nanoTime()) / 1_000_000));
        }
        if (failure != null && failedBefore(count)) {
            throw failure;
        }
    }

    /** Whether one of that many tasks failed. */
    boolean failedBefore(long count) {
        return failed <= count;
    }

    private void hold(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void serve() {
        Runnable task;
        while ((task = next()) != null) {
            try {
                if (!broken()) {
                    task.run();
                }
            } catch (RuntimeException e) {
                fail(e);
            }
            pass();
        }
    }

    private synchronized @Nullable Runnable next() {
        while (tasks.isEmpty() && !closed) {
            hold(0);
        }
        return closed ? null : tasks.poll();
    }

    synchronized boolean broken() {
        return failure != null;
    }

    synchronized void fail(RuntimeException e) {
        if (failure == null) {
            failure = e;
            failed = passed + 1;
        }
    }

    private synchronized void pass() {
        passed++;
        notifyAll();
    }

    void close() {
        Thread serving;
        synchronized (this) {
            closed = true;
            notifyAll();
            serving = thread;
        }
        if (serving != null && serving != Thread.currentThread()) {
            try {
                serving.join(2_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
