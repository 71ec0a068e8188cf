package dev.javelin.spi.device;

/** A range of device memory with one owner, who closes it. */
public interface DeviceMemory extends AutoCloseable {

    /** First byte, a multiple of the device's alignment. */
    long address();

    long bytes();

    @Override
    void close();
}
