package dev.javelin.accelerator.cuda;

import dev.javelin.spi.device.DeviceMemory;
import java.util.concurrent.atomic.AtomicBoolean;

/** A range of device memory. */
final class CudaMemory implements DeviceMemory {
    private final long address;
    private final long bytes;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param onClose gives the memory back and tells the ledger */
    CudaMemory(long address, long bytes, Runnable onClose) {
        this.address = address;
        this.bytes = bytes;
        this.onClose = onClose;
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            onClose.run();
        }
    }
}
