package dev.javelin.data.table;

import dev.javelin.api.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One row's features in memory, FLOAT32 or FLOAT64. */
record FeatureRow(MemorySegment memory, DType dtype) {
    FeatureRow {
        if (dtype != DType.FLOAT32 && dtype != DType.FLOAT64) {
            throw new IllegalArgumentException("features of type " + dtype);
        }
    }

    void clear(int features) {
        memory.asSlice(0, (long) features * dtype.bytes()).fill((byte) 0);
    }

    void set(long index, double value) {
        if (dtype == DType.FLOAT32) {
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES, (float) value);
        } else {
            memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * Double.BYTES, value);
        }
    }

    static void writeClass(MemorySegment memory, int number) {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, 0, number);
    }
}
