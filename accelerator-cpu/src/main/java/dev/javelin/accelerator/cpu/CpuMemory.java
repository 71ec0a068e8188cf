package dev.javelin.accelerator.cpu;

import dev.javelin.spi.device.DeviceMemory;

/** A range of off-heap memory. */
final class CpuMemory implements DeviceMemory {
    private final Slab slab;
    private final long bytes;
    private final Runnable onClose;
    private boolean closed;

    /** @param bytes asked for; the slab may be larger */
    CpuMemory(Slab slab, long bytes, Runnable onClose) {
        this.slab = slab;
        this.bytes = bytes;
        this.onClose = onClose;
    }

    @Override
    public long address() {
        return slab.address();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            slab.close();
            onClose.run();
        }
    }
}
