package dev.javelin.tck.communicator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Bytes at addresses of host memory. */
final class Raw {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private Raw() {}

    static byte[] read(long address, long count) {
        return count == 0 ? new byte[0] : ALL.asSlice(address, count).toArray(ValueLayout.JAVA_BYTE);
    }

    static void write(long address, byte[] values) {
        if (values.length > 0) {
            MemorySegment.copy(values, 0, ALL, ValueLayout.JAVA_BYTE, address, values.length);
        }
    }

    static void flip(long address) {
        ALL.set(ValueLayout.JAVA_BYTE, address, (byte) (ALL.get(ValueLayout.JAVA_BYTE, address) ^ 1));
    }
}
