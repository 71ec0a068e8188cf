package dev.javelin.communicator.local;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;

/** How ranks reach each other's buffers: by which words a rank tells where its buffer is, and where that lies here. */
interface Reach {
    /** The segment of a buffer that peers cannot reach. */
    long NOWHERE = -1;

    /** The segment of a buffer in a device's memory, where its kernels can add. */
    long ON_DEVICE = -2;

    /** The segment of one that has to pass through memory of the host to be added. */
    long ON_DEVICE_TO_HOST = -3;

    /**
     * What ranks show each other of their devices.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-COM-0004} if they are processes
     */
    Signals signals();

    /** The regions of all ranks of the world. */
    Region[] regions();

    /** The segment that a range lies in, if all members of the group reach it; else {@link #NOWHERE}. */
    long segment(Group group, long address, long bytes);

    /** Distance from the segment's beginning. */
    long offset(long segment, long address);

    /** Where a place of a rank of the world lies in this process. */
    long address(int worldRank, long segment, long offset);

    /** Memory that all members of the group reach; all of them call it at once. */
    DeviceMemory allocate(Group group, Accelerator accelerator, long bytes, String purpose);

    /** Gives the regions back: nobody here uses them any more. */
    void close();
}
