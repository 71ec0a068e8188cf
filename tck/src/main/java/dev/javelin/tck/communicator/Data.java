package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Contents of buffers: a pure function of seed, rank and place, so that every rank knows what every other has. */
final class Data {
    /** Exponents go this far from 1 in both directions: far enough that the order of additions shows. */
    private static final int SPREAD = 9;

    private Data() {}

    static byte[] bytes(long seed, int rank, long from, long count) {
        byte[] bytes = new byte[Math.toIntExact(count)];
        long word = 0;
        for (int i = 0; i < bytes.length; i++) {
            long at = from + i;
            if (i == 0 || at % Long.BYTES == 0) {
                word = mix(seed, rank, at / Long.BYTES);
            }
            bytes[i] = (byte) (word >>> 8 * (at % Long.BYTES));
        }
        return bytes;
    }

    /** Finite numbers of very different sizes, and zeros of both signs. */
    static byte[] elements(DType dtype, long seed, int rank, long from, long count) {
        byte[] bytes = new byte[Math.toIntExact(count * dtype.bytes())];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        for (long i = 0; i < count; i++) {
            set(memory, dtype, i, bits(dtype, mix(seed, rank, from + i)));
        }
        return bytes;
    }

    private static long bits(DType dtype, long random) {
        long sign = random << 63;
        long exponent = Double.MAX_EXPONENT - SPREAD + (random >>> 1) % (2 * SPREAD);
        double value = Double.longBitsToDouble(sign | exponent << 52 | random >>> 12);
        double whole = (random & 0xF0) == 0 ? Double.longBitsToDouble(sign) : value;
        return switch (dtype) {
            case FLOAT64 -> Double.doubleToRawLongBits(whole);
            case FLOAT32 -> Float.floatToRawIntBits((float) whole);
            case FLOAT16 -> Float.floatToFloat16((float) whole);
            case BFLOAT16 -> Tree.bfloat16((float) whole);
            case INT64, INT32, UINT8, BOOL -> random;
        };
    }

    /** SplitMix64 of a counter. */
    static long mix(long seed, int rank, long index) {
        long z = seed * 0x9E3779B97F4A7C15L + rank * 0xD1B54A32D192ED03L + (index + 1) * 0x8CB92BA72F3D8DD7L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** The bits of an element; sign-extended where the type is signed. */
    static long get(MemorySegment memory, DType dtype, long index) {
        return switch (dtype.bytes()) {
            case 8 -> memory.get(ValueLayout.JAVA_LONG_UNALIGNED, index * 8);
            case 4 -> memory.get(ValueLayout.JAVA_INT_UNALIGNED, index * 4);
            case 2 -> memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2);
            default -> memory.get(ValueLayout.JAVA_BYTE, index);
        };
    }

    static void set(MemorySegment memory, DType dtype, long index, long bits) {
        switch (dtype.bytes()) {
            case 8 -> memory.set(ValueLayout.JAVA_LONG_UNALIGNED, index * 8, bits);
            case 4 -> memory.set(ValueLayout.JAVA_INT_UNALIGNED, index * 4, (int) bits);
            case 2 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2, (short) bits);
            default -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) bits);
        }
    }
}
