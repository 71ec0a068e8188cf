package dev.javelin.spi.device;

/** Work in order. Different queues run side by side, ordered only by events. */
public interface DeviceQueue {

    /** A mark after all work enqueued so far. */
    DeviceEvent record();

    /** Lets work enqueued from now on wait for an event of another queue. */
    void await(DeviceEvent event);

    /**
     * Waits on the host until all enqueued work is done.
     *
     * @throws dev.javelin.api.JavelinException if any of it failed
     */
    void synchronize();

    /** A point in a queue's order. */
    interface DeviceEvent {}
}
