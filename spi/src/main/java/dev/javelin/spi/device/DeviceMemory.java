package dev.javelin.spi.device;

/** A range of device memory with one owner, who closes it. */
public interface DeviceMemory extends AutoCloseable {

    /** First byte, a multiple of the device's alignment. */
    long address();

    long bytes();

    /** Gives it back; a second call does nothing. */
    @Override
    void close();

    /**
     * A range whose owner gives it back once, however often and in whatever thread it is closed.
     *
     * @param release gives the memory back
     */
    static DeviceMemory of(long address, long bytes, Runnable release) {
        return new OwnedMemory(address, bytes, release);
    }
}
