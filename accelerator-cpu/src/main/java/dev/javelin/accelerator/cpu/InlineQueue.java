package dev.javelin.accelerator.cpu;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;

/** A queue whose work is done when the call that enqueues it returns. */
final class InlineQueue implements DeviceQueue {
    private final CpuAccelerator device;
    private final QueueRole role;

    InlineQueue(CpuAccelerator device, QueueRole role) {
        this.device = device;
        this.role = role;
    }

    CpuAccelerator device() {
        return device;
    }

    @Override
    public DeviceEvent record() {
        device.requireOpen();
        return new Passed(device);
    }

    @Override
    public void await(DeviceEvent event) {
        device.requireOpen();
        if (!(event instanceof Passed passed) || passed.device != device) {
            throw new JavelinException(
                    "JVL-CPU-0003",
                    "await: the event belongs to another device than queue " + this,
                    "wait on the host, or copy through the host, between devices");
        }
    }

    @Override
    public void run(Runnable task) {
        device.requireOpen();
        task.run();
    }

    @Override
    public void synchronize() {
        device.requireOpen();
    }

    @Override
    public String toString() {
        return "cpu " + role;
    }

    /** An event of this device: what came before it is done. */
    private record Passed(CpuAccelerator device) implements DeviceEvent {}
}
