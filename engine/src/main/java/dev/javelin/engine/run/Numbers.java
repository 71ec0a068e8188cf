package dev.javelin.engine.run;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.StringJoiner;

/** Reads and writes elements of host memory by dtype. */
public final class Numbers {
    private static final int PRINTED = 16;

    private Numbers() {}

    public static double get(MemorySegment memory, DType dtype, long index) {
        return switch (dtype) {
            case FLOAT64 -> memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * 8);
            case FLOAT32 -> memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4);
            case BFLOAT16 -> Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2) << 16);
            case FLOAT16 -> Float.float16ToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2));
            case INT64 -> memory.get(ValueLayout.JAVA_LONG_UNALIGNED, index * 8);
            case INT32 -> memory.get(ValueLayout.JAVA_INT_UNALIGNED, index * 4);
            case UINT8, BOOL -> memory.get(ValueLayout.JAVA_BYTE, index) & 0xFF;
        };
    }

    public static void set(MemorySegment memory, DType dtype, long index, double value) {
        switch (dtype) {
            case FLOAT64 -> memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * 8, value);
            case FLOAT32 -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4, (float) value);
            case BFLOAT16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2, bfloat16((float) value));
            case FLOAT16 ->
                memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2, Float.floatToFloat16((float) value));
            case INT64 -> memory.set(ValueLayout.JAVA_LONG_UNALIGNED, index * 8, (long) value);
            case INT32 -> memory.set(ValueLayout.JAVA_INT_UNALIGNED, index * 4, (int) value);
            case UINT8, BOOL -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) value);
        }
    }

    /** Rounds to nearest even. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Converts elements between types, rounding to nearest even. */
    public static void convert(MemorySegment source, DType from, MemorySegment target, DType to, long elements) {
        for (long i = 0; i < elements; i++) {
            set(target, to, i, get(source, from, i));
        }
    }

    /** The index of the first NaN or infinity, or -1. Integers are always finite. */
    public static long firstNonFinite(MemorySegment memory, TensorType type) {
        if (type.dtype().floating()) {
            for (long i = 0; i < type.elements(); i++) {
                if (!Double.isFinite(get(memory, type.dtype(), i))) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** A short text of a tensor: its type and its first elements. */
    public static String text(MemorySegment memory, TensorType type) {
        StringJoiner joiner = new StringJoiner(", ", type + " [", type.elements() > PRINTED ? ", ...]" : "]");
        for (long i = 0; i < Math.min(PRINTED, type.elements()); i++) {
            double value = get(memory, type.dtype(), i);
            joiner.add(type.dtype().floating() ? Float.toString((float) value) : Long.toString((long) value));
        }
        return joiner.toString();
    }
}
