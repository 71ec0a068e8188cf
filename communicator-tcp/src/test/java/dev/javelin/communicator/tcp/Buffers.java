package dev.javelin.communicator.tcp;

import dev.javelin.api.DType;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.communicator.host.ScalarTree;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Buffers with contents that follow from who holds them and what for. */
final class Buffers {
    private Buffers() {}

    /** A buffer of one rank: small numbers that do not add up exactly in the floating-point types. */
    static MemorySegment of(Arena arena, DType dtype, long elements, long seed, int rank) {
        MemorySegment buffer = empty(arena, elements * dtype.bytes());
        SplittableRandom random = new SplittableRandom(seed * 1000 + rank);
        for (long i = 0; i < elements; i++) {
            float value = (float) (random.nextDouble() - 0.5) * 100;
            long at = i * dtype.bytes();
            switch (dtype) {
                case FLOAT64 -> buffer.set(ValueLayout.JAVA_DOUBLE, at, random.nextDouble() - 0.5);
                case FLOAT32 -> buffer.set(ValueLayout.JAVA_FLOAT, at, value);
                case BFLOAT16 ->
                    buffer.set(ValueLayout.JAVA_SHORT, at, (short) (Float.floatToRawIntBits(value) >>> 16));
                case FLOAT16 -> buffer.set(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(value));
                case INT64 -> buffer.set(ValueLayout.JAVA_LONG, at, random.nextLong());
                case INT32 -> buffer.set(ValueLayout.JAVA_INT, at, random.nextInt());
                default -> buffer.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
        }
        return buffer;
    }

    static MemorySegment bytes(Arena arena, long bytes, long seed, int rank) {
        return of(arena, DType.UINT8, bytes, seed, rank);
    }

    /** Memory even where there are no bytes: an address of its own. */
    static MemorySegment empty(Arena arena, long bytes) {
        return arena.allocate(Math.max(64, bytes), 64);
    }

    /** The sum of all ranks' buffers {@link #of} by the plainest code. */
    static MemorySegment sum(Arena arena, DType dtype, long elements, long seed, int ranks) {
        long[] sources = new long[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            sources[rank] = of(arena, dtype, elements, seed, rank).address();
        }
        MemorySegment sum = empty(arena, elements * dtype.bytes());
        ScalarTree.sum(dtype, sources, sum.address(), elements);
        return sum;
    }

    static void assertSame(
            MemorySegment expected,
            long expectedOffset,
            MemorySegment actual,
            long actualOffset,
            long bytes,
            String at) {
        long differs = MemorySegment.mismatch(
                expected, expectedOffset, expectedOffset + bytes, actual, actualOffset, actualOffset + bytes);
        if (differs >= 0) {
            throw new AssertionError(at + ": byte " + differs + " of " + bytes + " differs");
        }
    }

    static void copy(MemorySegment source, long target, long bytes) {
        HostMemory.copy(source.address(), target, bytes);
    }
}
