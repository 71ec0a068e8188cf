package dev.javelin.data.arrow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How token ids are stored: Arrow's integer types, little-endian, any alignment. */
enum IdType {
    INT8(1, true),
    UINT8(1, false),
    INT16(2, true),
    UINT16(2, false),
    INT32(4, true),
    UINT32(4, false),
    INT64(8, true),
    UINT64(8, false);

    private final int bytes;
    private final boolean signed;

    IdType(int bytes, boolean signed) {
        this.bytes = bytes;
        this.signed = signed;
    }

    int bytes() {
        return bytes;
    }

    boolean signed() {
        return signed;
    }

    /** The type of so many bits, for integers. */
    static IdType of(int bits, boolean signed) {
        for (IdType type : values()) {
            if (type.bytes * 8 == bits && type.signed == signed) {
                return type;
            }
        }
        throw new IllegalArgumentException("integers of " + bits + " bits");
    }

    /** The narrowest type for ids below a vocabulary. */
    static IdType narrowest(int vocabulary) {
        return vocabulary <= 1 << 8 ? UINT8 : vocabulary <= 1 << 16 ? UINT16 : INT32;
    }

    /** The id at a place, as it is stored; negative or huge for what is none. */
    long get(MemorySegment values, long index) {
        return switch (this) {
            case INT8 -> values.get(ValueLayout.JAVA_BYTE, index);
            case UINT8 -> values.get(ValueLayout.JAVA_BYTE, index) & 0xFF;
            case INT16 -> values.get(ArrowFile.SHORT, index * 2);
            case UINT16 -> values.get(ArrowFile.SHORT, index * 2) & 0xFFFF;
            case INT32 -> values.get(ArrowFile.INT, index * 4);
            case UINT32 -> values.get(ArrowFile.INT, index * 4) & 0xFFFF_FFFFL;
            case INT64, UINT64 -> values.get(ArrowFile.LONG, index * 8);
        };
    }

    /**
     * Writes ids as INT32 in native byte order.
     *
     * @param first of {@code values}
     * @param at element of {@code destination} that gets the first
     * @param limit ids must be from 0 to below this
     * @return how many ids were written: fewer than {@code count} if one is beyond the limit
     */
    long widen(MemorySegment values, long first, long count, MemorySegment destination, long at, int limit) {
        return switch (this) {
            case UINT8 -> bytes(values, first, count, destination, at, limit);
            case UINT16 -> shorts(values, first, count, destination, at, limit);
            case INT32, UINT32 -> ints(values, first, count, destination, at, limit);
            default -> any(values, first, count, destination, at, limit);
        };
    }

    private static long bytes(MemorySegment values, long first, long count, MemorySegment to, long at, int limit) {
        for (long i = 0; i < count; i++) {
            int id = values.get(ValueLayout.JAVA_BYTE, first + i) & 0xFF;
            if (id >= limit) {
                return i;
            }
            to.set(ValueLayout.JAVA_INT_UNALIGNED, (at + i) * Integer.BYTES, id);
        }
        return count;
    }

    private static long shorts(MemorySegment values, long first, long count, MemorySegment to, long at, int limit) {
        for (long i = 0; i < count; i++) {
            int id = values.get(ArrowFile.SHORT, (first + i) * Short.BYTES) & 0xFFFF;
            if (id >= limit) {
                return i;
            }
            to.set(ValueLayout.JAVA_INT_UNALIGNED, (at + i) * Integer.BYTES, id);
        }
        return count;
    }

    private static long ints(MemorySegment values, long first, long count, MemorySegment to, long at, int limit) {
        for (long i = 0; i < count; i++) {
            int id = values.get(ArrowFile.INT, (first + i) * Integer.BYTES);
            if (id < 0 || id >= limit) {
                return i;
            }
            to.set(ValueLayout.JAVA_INT_UNALIGNED, (at + i) * Integer.BYTES, id);
        }
        return count;
    }

    private long any(MemorySegment values, long first, long count, MemorySegment to, long at, int limit) {
        for (long i = 0; i < count; i++) {
            long id = get(values, first + i);
            if (id < 0 || id >= limit) {
                return i;
            }
            to.set(ValueLayout.JAVA_INT_UNALIGNED, (at + i) * Integer.BYTES, (int) id);
        }
        return count;
    }
}
