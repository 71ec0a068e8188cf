package dev.javelin.communicator.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Sums of F16: each addition in float, rounded to F16. The Vector API has no F16; plain loops over arrays are compiled to
 * the processor's own conversions, so blocks pass through small arrays.
 */
final class Float16Adder implements Adder {
    private static final int BLOCK = 1024;

    @Override
    public int most() {
        return 2;
    }

    @Override
    public void two(long a, long b, long target, long elements) {
        short[] halves = new short[BLOCK];
        float[] left = new float[BLOCK];
        float[] right = new float[BLOCK];
        for (long begin = 0; begin < elements; begin += BLOCK) {
            int count = (int) Math.min(BLOCK, elements - begin);
            long offset = begin * Short.BYTES;
            load(a + offset, halves, left, count);
            load(b + offset, halves, right, count);
            add(left, right, count);
            Float16.round(left, halves, count);
            MemorySegment.copy(halves, 0, HostMemory.ALL, ValueLayout.JAVA_SHORT_UNALIGNED, target + offset, count);
        }
    }

    private static void load(long address, short[] halves, float[] values, int count) {
        MemorySegment.copy(HostMemory.ALL, ValueLayout.JAVA_SHORT_UNALIGNED, address, halves, 0, count);
        Float16.widen(halves, values, count);
    }

    private static void add(float[] sum, float[] other, int count) {
        for (int i = 0; i < count; i++) {
            sum[i] += other[i];
        }
    }
}
