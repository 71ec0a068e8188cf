package dev.javelin.communicator.local;

import static org.junit.jupiter.api.Assertions.fail;

import dev.javelin.api.DType;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.communicator.host.ScalarTree;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** The contents of ranks' buffers, as any rank can compute them: by the number of the call and the rank. */
final class Data {
    private Data() {}

    /** Fills a buffer with what a rank has in a call: finite values of the type. */
    static void fill(long address, long elements, DType dtype, long call, int rank) {
        SplittableRandom random = new SplittableRandom(call * 1_000_003 + rank);
        for (long i = 0; i < elements; i++) {
            double value = (random.nextDouble() - 0.5) * 100;
            long at = address + i * dtype.bytes();
            switch (dtype) {
                case FLOAT64 -> HostMemory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, value);
                case FLOAT32 -> HostMemory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) value);
                case FLOAT16 ->
                    HostMemory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16((float) value));
                case BFLOAT16 ->
                    HostMemory.ALL.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (Float.floatToIntBits((float) value) >>> 16));
                case INT64 -> HostMemory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at, random.nextLong());
                case INT32 -> HostMemory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, at, random.nextInt());
                default -> HostMemory.ALL.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
        }
    }

    /** The tree sum of what these ranks have in a call. */
    static MemorySegment sum(Arena arena, long elements, DType dtype, long call, int... ranks) {
        long bytes = elements * dtype.bytes();
        long[] sources = new long[ranks.length];
        for (int i = 0; i < ranks.length; i++) {
            sources[i] = arena.allocate(bytes + 8, 64).address();
            fill(sources[i], elements, dtype, call, ranks[i]);
        }
        MemorySegment sum = arena.allocate(bytes + 8, 64);
        ScalarTree.sum(dtype, sources, sum.address(), elements);
        return sum.asSlice(0, bytes);
    }

    /** What a rank has in a call. */
    static MemorySegment of(Arena arena, long elements, DType dtype, long call, int rank) {
        MemorySegment data = arena.allocate(elements * dtype.bytes() + 8, 64);
        fill(data.address(), elements, dtype, call, rank);
        return data.asSlice(0, elements * dtype.bytes());
    }

    static void assertBytes(MemorySegment expected, long actual, String place) {
        long at = expected.mismatch(HostMemory.ALL.asSlice(actual, expected.byteSize()));
        if (at >= 0) {
            fail(place + ": byte " + at + " of " + expected.byteSize() + " differs");
        }
    }
}
