package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.Stream;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import jcuda.driver.CUevent;
import org.jspecify.annotations.Nullable;

/** A stream of the GPU. What a task of the host throws ends the queue. */
final class CudaQueue implements DeviceQueue {
    private final CudaAccelerator accelerator;
    private final QueueRole role;
    private final Stream stream;
    private volatile @Nullable Throwable failure;

    CudaQueue(CudaAccelerator accelerator, QueueRole role) {
        this.accelerator = accelerator;
        this.role = role;
        this.stream = accelerator.driver().stream();
    }

    @Override
    public CudaAccelerator device() {
        return accelerator;
    }

    Stream stream() {
        return stream;
    }

    @Override
    public DeviceEvent record() {
        Driver driver = accelerator.bound();
        CUevent event = driver.event();
        driver.record(event, stream);
        return new CudaEvent(this, event);
    }

    @Override
    public void await(DeviceEvent event) {
        if (!(event instanceof CudaEvent own) || !own.queue.addressSpace().equals(addressSpace())) {
            throw new JavelinException(
                    "JVL-CUD-0003",
                    "await: the event belongs to another device than queue " + this,
                    "wait on the host, or copy through the host, between devices");
        }
        accelerator.bound().await(own.event, stream);
    }

    @Override
    public void synchronize() {
        accelerator.bound().synchronize(stream);
        rethrow();
    }

    @Override
    public void run(Runnable task) {
        accelerator.bound().host(() -> guarded(task), stream);
    }

    private void guarded(Runnable task) {
        if (failure == null) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        }
    }

    private void rethrow() {
        Throwable thrown = failure;
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
    }

    @Override
    public String toString() {
        return "cuda " + role;
    }

    record CudaEvent(CudaQueue queue, CUevent event) implements DeviceEvent {}
}
