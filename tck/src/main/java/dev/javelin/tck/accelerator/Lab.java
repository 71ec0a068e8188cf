package dev.javelin.tck.accelerator;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;

/** A device and one range of its memory, which grows to what trials ask for. */
final class Lab implements AutoCloseable {
    private static final long LEAST = 1 << 16;

    private final Accelerator device;
    private DeviceMemory range;

    Lab(Accelerator device) {
        this.device = device;
        this.range = device.allocate(0, "tck");
    }

    Accelerator device() {
        return device;
    }

    /** The first address of at least this many bytes: the same memory for one trial after the other. */
    long range(long bytes) {
        if (range.bytes() < bytes) {
            range.close();
            range = device.allocate(Math.max(bytes, LEAST), "tck");
        }
        return range.address();
    }

    /** What is to be closed before the device. */
    DeviceMemory memory() {
        return range;
    }

    /** Gives the memory back; the device belongs to whoever opened it. */
    @Override
    public void close() {
        range.close();
    }
}
