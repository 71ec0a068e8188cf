package dev.javelin.spi.device;

/**
 * The clock of a device whose queues run beside the host: it tells when queues passed its events, by the device's own
 * time, which a task of the host in the queue could only tell late and by holding the queue up. All queues of the device
 * have one clock.
 */
public interface DeviceClock {

    /**
     * An event that remembers when a queue passed it, for queues of this device; otherwise like those of
     * {@link Accelerator#event}. The caller closes it. Costs a little on the device each time it is recorded: meant for
     * steps that are looked into.
     */
    DeviceQueue.DeviceEvent event();

    /**
     * Nanoseconds from where one event was recorded last to where another was, as the device passed both; negative if
     * {@code to} was passed first. Waits until both are passed. The farther apart, the coarser it may be: to
     * {@link #resolutionNanos} within a second, and about a millionth of what lies between beyond.
     *
     * @param from an event of this clock
     * @param to an event of this clock
     * @throws dev.javelin.api.JavelinException with a code if one was never recorded or is no event of this clock, and
     *     what ended a queue before one of them
     */
    long nanosBetween(DeviceQueue.DeviceEvent from, DeviceQueue.DeviceEvent to);

    /** Least difference that it can tell; above 0. */
    long resolutionNanos();
}
