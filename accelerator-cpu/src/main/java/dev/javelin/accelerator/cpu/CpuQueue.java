package dev.javelin.accelerator.cpu;

import dev.javelin.spi.device.DeviceQueue;

/** A queue of this device: work is done by the caller, or by a thread of the queue's own. */
sealed interface CpuQueue extends DeviceQueue permits InlineQueue, ThreadQueue {

    @Override
    CpuAccelerator device();

    @Override
    default DeviceEvent record() {
        CpuEvent event = new CpuEvent(device());
        record(event);
        return event;
    }
}
