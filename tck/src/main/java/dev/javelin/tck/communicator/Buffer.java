package dev.javelin.tck.communicator;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A range of device memory with guard bytes on both sides. The memory has an owner elsewhere. */
final class Buffer {
    /** Bytes of guard on each side; what else lies in the memory is guard too. */
    static final long GUARD = 64;

    private static final byte MARK = (byte) 0xA5;

    private final Accelerator device;
    private final DeviceMemory memory;
    private final long lead;
    private final long bytes;

    /** @param lead bytes from the memory's begin to the buffer's */
    Buffer(Accelerator device, DeviceMemory memory, long lead, long bytes) {
        this.device = device;
        this.memory = memory;
        this.lead = lead;
        this.bytes = bytes;
        DeviceQueue queue = device.queue(QueueRole.COMPUTE);
        device.fill(queue, memory.address(), lead + bytes + GUARD, MARK);
        queue.synchronize();
    }

    long address() {
        return memory.address() + lead;
    }

    long bytes() {
        return bytes;
    }

    void write(byte[] values) {
        write(0, values);
    }

    void write(long offset, byte[] values) {
        if (values.length == 0) {
            return;
        }
        DeviceQueue queue = device.queue(QueueRole.COMPUTE);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment staged = arena.allocate(values.length, 64);
            MemorySegment.copy(values, 0, staged, ValueLayout.JAVA_BYTE, 0, values.length);
            device.copyToDevice(queue, staged, address() + offset);
            queue.synchronize();
        }
    }

    byte[] read() {
        return read(0, bytes);
    }

    byte[] read(long offset, long count) {
        return readAt(address() + offset, count);
    }

    private byte[] readAt(long address, long count) {
        if (count == 0) {
            return new byte[0];
        }
        DeviceQueue queue = device.queue(QueueRole.COMPUTE);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment staged = arena.allocate(count, 64);
            device.copyToHost(queue, address, staged);
            queue.synchronize();
            return staged.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Whether nothing was written beside the buffer. */
    boolean guardsWhole() {
        return marked(readAt(memory.address(), lead)) && marked(readAt(address() + bytes, GUARD));
    }

    private static boolean marked(byte[] guard) {
        for (byte value : guard) {
            if (value != MARK) {
                return false;
            }
        }
        return true;
    }
}
