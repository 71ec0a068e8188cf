package dev.javelin.benchmarks.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Off-heap arrays for a benchmark, filled with numbers between -1 and 1 so that every page is there. */
final class Buffers implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom(1);

    long floats(long n) {
        MemorySegment block = arena.allocate(4 * n, 64);
        for (long i = 0; i < n; i++) {
            block.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
        return block.address();
    }

    long ints(int n, int bound) {
        MemorySegment block = arena.allocate(4L * n, 64);
        for (int i = 0; i < n; i++) {
            block.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt(bound));
        }
        return block.address();
    }

    long bytes(long size) {
        return arena.allocate(size, 64).fill((byte) 0).address();
    }

    @Override
    public void close() {
        arena.close();
    }
}
