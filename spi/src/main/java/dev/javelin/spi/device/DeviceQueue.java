package dev.javelin.spi.device;

/** Work in order. Different queues run side by side, ordered only by events. */
public interface DeviceQueue {

    /** The device whose queue it is. */
    Accelerator device();

    /** What addresses of its device mean. */
    default AddressSpace addressSpace() {
        return device().addressSpace();
    }

    /** A mark after all work enqueued so far. */
    DeviceEvent record();

    /** Lets work enqueued from now on wait for an event of another queue, of this device or one in its address space. */
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
     * later {@code synchronize}, and by {@code await} of events recorded behind it.
     */
    void run(Runnable task);

    /** A point in a queue's order. */
    interface DeviceEvent {}
}
