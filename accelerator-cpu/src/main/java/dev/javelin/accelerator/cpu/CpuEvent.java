package dev.javelin.accelerator.cpu;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import org.jspecify.annotations.Nullable;

/** A point in the order of a queue of this device. */
sealed interface CpuEvent extends DeviceEvent {

    CpuAccelerator device();

    /** Waits until it is passed; throws what ended its queue before it. */
    void join();

    /**
     * An event of a queue, if it is this device's.
     *
     * @throws JavelinException {@code JVL-CPU-0003} for another device's
     */
    static CpuEvent of(CpuAccelerator device, DeviceEvent event, CpuQueue awaiting) {
        if (event instanceof CpuEvent own && own.device() == device) {
            return own;
        }
        throw new JavelinException(
                "JVL-CPU-0003",
                "await: the event belongs to another device than queue " + awaiting,
                "wait on the host, or copy through the host, between devices");
    }

    /** On an inline queue: all before it is done. */
    record Passed(CpuAccelerator device, @Nullable Throwable failure) implements CpuEvent {
        @Override
        public void join() {
            rethrow(failure);
        }
    }

    /** On a thread's queue: behind that many tasks. */
    record Mark(ThreadQueue queue, long tasks) implements CpuEvent {
        @Override
        public CpuAccelerator device() {
            return queue.device();
        }

        @Override
        public void join() {
            queue.join(tasks);
        }
    }

    /** Throws what a task threw, if it did. */
    static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }
}
