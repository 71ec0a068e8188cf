package dev.javelin.tck.accelerator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The time at which the threads of queues pass events; doubles override what they get wrong. */
class SoundClock implements DeviceClock {
    private final SoundAccelerator device;

    SoundClock(SoundAccelerator device) {
        this.device = device;
    }

    /** An event that notes when its queue passes it. */
    class Timed extends SoundQueue.Moving {
        private volatile @Nullable CompletableFuture<Long> passed;

        Timed() {
            super(SoundClock.this.device);
        }

        @Override
        void recorded(SoundQueue queue) {
            CompletableFuture<Long> time = new CompletableFuture<>();
            passed = time;
            queue.add(() -> time.complete(now(queue)));
        }

        /** When it was passed. */
        long nanos() {
            CompletableFuture<Long> time = passed;
            if (time == null) {
                return neverRecorded();
            }
            waitFor(this);
            return time.getNow(0L);
        }
    }

    /** The time that a queue sees. */
    long now(SoundQueue queue) {
        return System.nanoTime();
    }

    void waitFor(Timed event) {
        event.synchronize();
    }

    long neverRecorded() {
        throw new JavelinException("JVL-TCK-0091", "an event that was never recorded", "record it before");
    }

    @Override
    public DeviceEvent event() {
        device.requireOpen();
        return new Timed();
    }

    @Override
    public long nanosBetween(DeviceEvent from, DeviceEvent to) {
        return timed(to).nanos() - timed(from).nanos();
    }

    static Timed timed(DeviceEvent event) {
        if (event instanceof Timed timed) {
            return timed;
        }
        throw new JavelinException("JVL-TCK-0091", "an event without times", "take one of the clock");
    }

    @Override
    public long resolutionNanos() {
        return 100;
    }
}
