package dev.javelin.accelerator.cuda;

import dev.javelin.spi.device.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** Host memory that is locked in place, so that the GPU reads and writes it by itself. */
final class PinnedMemory implements HostMemory {
    private final CudaAccelerator accelerator;
    private final MemorySegment segment;
    private final String purpose;
    private final AtomicBoolean closed = new AtomicBoolean();

    private PinnedMemory(CudaAccelerator accelerator, MemorySegment segment, String purpose) {
        this.accelerator = accelerator;
        this.segment = segment;
        this.purpose = purpose;
    }

    @SuppressWarnings("restricted") // as long as the driver said
    static PinnedMemory of(CudaAccelerator accelerator, long bytes, String purpose) {
        long address = accelerator.bound().allocateHost(Math.max(1, bytes), purpose);
        return new PinnedMemory(accelerator, MemorySegment.ofAddress(address).reinterpret(bytes), purpose);
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            accelerator.bound().freeHost(segment.address());
        }
    }

    @Override
    public String toString() {
        return "pinned " + segment.byteSize() + " bytes for " + purpose;
    }
}
