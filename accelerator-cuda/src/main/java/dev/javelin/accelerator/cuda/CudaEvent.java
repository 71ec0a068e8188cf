package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.CudaQueue.Mark;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import jcuda.driver.CUevent;
import org.jspecify.annotations.Nullable;

/** A point in the order of a stream, which moves when it is recorded again. */
final class CudaEvent implements DeviceEvent {
    private final CudaAccelerator accelerator;
    private final CUevent event;
    private volatile @Nullable Mark mark;

    CudaEvent(CudaAccelerator accelerator, CUevent event) {
        this.accelerator = accelerator;
        this.event = event;
    }

    CUevent event() {
        return event;
    }

    /** Which task of which queue it is behind; null before it was recorded. */
    @Nullable
    Mark mark() {
        return mark;
    }

    void move(Mark now) {
        mark = now;
    }

    @Override
    public void synchronize() {
        accelerator.bound().synchronize(event);
        Mark behind = mark;
        if (behind != null) {
            behind.rethrow();
        }
    }

    /** Given back once; what was not is given back with the device. */
    @Override
    public void close() {
        accelerator.destroy(this);
    }

    /**
     * An event that queues of this device can take: of this or another opening of the same GPU.
     *
     * @throws JavelinException {@code JVL-CUD-0003} for another device's
     */
    static CudaEvent of(CudaAccelerator accelerator, DeviceEvent event, CudaQueue queue) {
        if (event instanceof CudaEvent own && own.accelerator.addressSpace().equals(accelerator.addressSpace())) {
            return own;
        }
        throw new JavelinException(
                "JVL-CUD-0003",
                "the event belongs to another device than queue " + queue,
                "wait on the host, or copy through the host, between devices");
    }
}
