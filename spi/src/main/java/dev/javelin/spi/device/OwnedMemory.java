package dev.javelin.spi.device;

import java.util.concurrent.atomic.AtomicBoolean;

/** A range of memory that is given back once. */
final class OwnedMemory implements DeviceMemory {
    private final long address;
    private final long bytes;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    OwnedMemory(long address, long bytes, Runnable onClose) {
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
