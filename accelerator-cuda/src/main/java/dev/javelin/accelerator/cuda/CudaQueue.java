package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.Stream;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A stream of the GPU. What a task of the host throws ends the queue for tasks behind it; kernels behind it run, and who
 * waits for them gets what was thrown.
 */
final class CudaQueue implements DeviceQueue {
    /** A failure is passed on along so many queues: those of a device, and as many of another. */
    private static final int FAR = 3;

    private final CudaAccelerator accelerator;
    private final QueueRole role;
    private final Stream stream;
    /** Of each queue, the furthest place that was awaited: its failures are failures here. */
    private final Map<CudaQueue, Mark> awaited = new ConcurrentHashMap<>();

    private volatile Mark last = new Mark(this, 0);
    private volatile @Nullable Failure failure;

    /** What a task threw. */
    private record Failure(long task, Throwable thrown) {}

    /** Behind so many tasks of the host. */
    record Mark(CudaQueue queue, long tasks) {
        /** Throws what ended the queue before this place, or a queue that it waited for. */
        void rethrow() {
            Throwable thrown = queue.failed(tasks, FAR);
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
        }
    }

    CudaQueue(CudaAccelerator accelerator, QueueRole role, Stream stream) {
        this.accelerator = accelerator;
        this.role = role;
        this.stream = stream;
    }

    @Override
    public CudaAccelerator device() {
        return accelerator;
    }

    Stream stream() {
        return stream;
    }

    @Override
    public OptionalLong handle() {
        accelerator.bound();
        return OptionalLong.of(stream.handle());
    }

    @Override
    public DeviceEvent record() {
        DeviceEvent event = accelerator.event();
        record(event);
        return event;
    }

    @Override
    public void record(DeviceEvent event) {
        CudaEvent own = CudaEvent.of(accelerator, event, this);
        own.move(last);
        accelerator.bound().record(own.event(), stream);
    }

    @Override
    public void await(DeviceEvent event) {
        CudaEvent own = CudaEvent.of(accelerator, event, this);
        Driver driver = accelerator.bound();
        Mark mark = own.mark();
        if (mark == null || mark.queue == this) {
            return; // all that comes behind its own event waits for it anyway
        }
        mark.rethrow();
        Mark before = awaited.get(mark.queue);
        if (before == null || before.tasks < mark.tasks) {
            awaited.put(mark.queue, mark);
        }
        driver.await(own.event(), stream);
    }

    @Override
    public void synchronize() {
        accelerator.bound().synchronize(stream);
        last.rethrow();
    }

    @Override
    public synchronized void run(Runnable task) {
        long number = last.tasks + 1;
        accelerator.bound().host(() -> guarded(task, number), stream);
        last = new Mark(this, number);
    }

    private void guarded(Runnable task, long number) {
        if (failed(number, FAR) == null) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                failure = new Failure(number, e);
            }
        }
    }

    /** What was thrown before a place of this queue, or of one that it waited for, so many queues away at most. */
    private @Nullable Throwable failed(long tasks, int distance) {
        Failure own = failure;
        if (own != null && own.task <= tasks) {
            return own.thrown;
        }
        if (distance > 0) {
            for (Mark mark : awaited.values()) {
                Throwable thrown = mark.queue.failed(mark.tasks, distance - 1);
                if (thrown != null) {
                    return thrown;
                }
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return "cuda " + role;
    }
}
