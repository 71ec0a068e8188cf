package dev.javelin.accelerator.cpu;

import dev.javelin.spi.device.QueueRole;
import org.jspecify.annotations.Nullable;

/** A queue whose work is done when the call that enqueues it returns. */
final class InlineQueue implements CpuQueue {
    private final CpuAccelerator device;
    private final QueueRole role;
    private @Nullable Throwable failure;

    InlineQueue(CpuAccelerator device, QueueRole role) {
        this.device = device;
        this.role = role;
    }

    @Override
    public CpuAccelerator device() {
        return device;
    }

    @Override
    public void record(DeviceEvent event) {
        device.requireOpen();
        CpuEvent.of(device, event, this).move(failure == null ? CpuEvent.Place.NOWHERE : new CpuEvent.Passed(failure));
    }

    @Override
    public void await(DeviceEvent event) {
        device.requireOpen();
        CpuEvent.of(device, event, this).place().join();
    }

    @Override
    public void run(Runnable task) {
        synchronize();
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public void synchronize() {
        device.requireOpen();
        CpuEvent.rethrow(failure);
    }

    @Override
    public String toString() {
        return "cpu " + role;
    }
}
