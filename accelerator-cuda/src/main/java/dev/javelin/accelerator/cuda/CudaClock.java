package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The GPU's clock, by events with times. The driver tells differences as a float of milliseconds: about half a microsecond
 * at best, and a microsecond when 16 seconds lie between.
 */
final class CudaClock implements DeviceClock {
    private static final long RESOLUTION_NANOS = 500;

    private final CudaAccelerator accelerator;
    private final Set<CudaEvent> events = ConcurrentHashMap.newKeySet();

    CudaClock(CudaAccelerator accelerator) {
        this.accelerator = accelerator;
    }

    @Override
    public DeviceEvent event() {
        CudaEvent event = accelerator.own(accelerator.bound().timedEvent());
        events.add(event);
        return event;
    }

    /** The event is no more. */
    void forget(CudaEvent event) {
        events.remove(event);
    }

    /** @throws JavelinException {@code JVL-CUD-0008} for events that have no time */
    @Override
    public long nanosBetween(DeviceEvent from, DeviceEvent to) {
        CudaEvent first = recorded(from, "first");
        CudaEvent second = recorded(to, "second");
        Driver driver = accelerator.bound();
        OptionalDouble millis = driver.elapsedMillis(first.event(), second.event());
        if (millis.isEmpty()) {
            first.synchronize();
            second.synchronize();
            millis = driver.elapsedMillis(first.event(), second.event());
        }
        return Math.round(millis.orElseThrow() * 1e6);
    }

    private CudaEvent recorded(DeviceEvent event, String which) {
        if (!(event instanceof CudaEvent own) || !events.contains(own)) {
            throw new JavelinException(
                    "JVL-CUD-0008",
                    "nanosBetween: the " + which + " event has no times, or was closed",
                    "take events of this device's clock (DeviceClock.event)");
        }
        if (own.mark() == null) {
            throw new JavelinException(
                    "JVL-CUD-0008",
                    "nanosBetween: the " + which + " event was never recorded",
                    "record it on a queue of this device before");
        }
        return own;
    }

    @Override
    public long resolutionNanos() {
        return RESOLUTION_NANOS;
    }
}
