package dev.javelin.spi.device;

import java.util.OptionalLong;

/** Work in order. Different queues run side by side, ordered only by events. */
public interface DeviceQueue {

    /** The device whose queue it is. */
    Accelerator device();

    /** What addresses of its device mean. */
    default AddressSpace addressSpace() {
        return device().addressSpace();
    }

    /**
     * A mark of its own after all work enqueued so far, for what happens rarely; what marks the same place again and again
     * makes one {@link Accelerator#event} and records it. The caller closes it; the device does in the end.
     */
    DeviceEvent record();

    /** Moves an event of this device to the place after all work enqueued so far, from wherever it was. */
    void record(DeviceEvent event);

    /**
     * Lets work enqueued from now on wait for the place where an event of another queue is now, of this device or of one
     * in its address space; recording it again does not change what was awaited. An event that was never recorded is not
     * waited for.
     */
    void await(DeviceEvent event);

    /**
     * Waits on the host until all enqueued work is done.
     *
     * @throws dev.javelin.api.JavelinException if any of it failed
     */
    void synchronize();

    /**
     * Enqueues work that the host does in the queue's order: after all before it, and all behind it waits. On a queue
     * whose work is done by the caller it is done when this returns. What it throws ends the queue: it is thrown by every
     * later {@code synchronize}, and by {@code await} or {@code synchronize} of events recorded behind it, or by the
     * {@code synchronize} of a queue that awaited such an event. Where the device runs beside the host, the task must not
     * use the device.
     */
    void run(Runnable task);

    /**
     * What the device's own library calls this queue, for communicators that enqueue there; empty if it has no such. Where
     * that library has a notion of the calling thread's device, it is this one when the call returns.
     */
    default OptionalLong handle() {
        return OptionalLong.empty();
    }

    /** A point in a queue's order. It may be used by any thread, but recorded by one at a time. */
    interface DeviceEvent extends AutoCloseable {

        /**
         * Waits on the host until the queue has passed the place where the event is now.
         *
         * @throws dev.javelin.api.JavelinException if work before it failed
         */
        void synchronize();

        /** Gives it back. Who waits for it goes on to wait. */
        @Override
        default void close() {}
    }
}
