package dev.javelin.accelerator.cpu;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import org.jspecify.annotations.Nullable;

/** A point in the order of a queue of this device, which moves when it is recorded again. */
final class CpuEvent implements DeviceEvent {
    private final CpuAccelerator device;
    private volatile Place place = Place.NOWHERE;

    CpuEvent(CpuAccelerator device) {
        this.device = device;
    }

    /** Where it is now. */
    Place place() {
        return place;
    }

    void move(Place now) {
        place = now;
    }

    @Override
    public void synchronize() {
        device.requireOpen();
        place.join();
    }

    /**
     * An event of a queue, if it is this device's.
     *
     * @throws JavelinException {@code JVL-CPU-0003} for another device's
     */
    static CpuEvent of(CpuAccelerator device, DeviceEvent event, CpuQueue queue) {
        if (event instanceof CpuEvent own && own.device == device) {
            return own;
        }
        throw new JavelinException(
                "JVL-CPU-0003",
                "the event belongs to another device than queue " + queue,
                "wait on the host, or copy through the host, between devices");
    }

    /** A point that stays where it is. */
    sealed interface Place {
        Place NOWHERE = new Passed(null);

        /** Waits until it is passed; throws what ended its queue before it. */
        void join();
    }

    /** On an inline queue: all before it is done. */
    record Passed(@Nullable Throwable failure) implements Place {
        @Override
        public void join() {
            rethrow(failure);
        }
    }

    /** On a thread's queue: behind that many tasks. */
    record Mark(ThreadQueue queue, long tasks) implements Place {
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
