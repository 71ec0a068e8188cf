package dev.javelin.accelerator.cpu.fast;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/** Off-heap arrays for tests; closing it fails if a kernel wrote past the end of one. */
public final class Scratchpad implements AutoCloseable {

    private static final int GUARD = 256;
    private static final byte CANARY = 0x5A;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> blocks = new ArrayList<>();

    /** Uninitialised bytes (filled with NaNs), aligned like device memory. */
    public long bytes(long size) {
        MemorySegment block = arena.allocate(size + 2 * GUARD, 64);
        block.fill((byte) 0xFF);
        block.asSlice(0, GUARD).fill(CANARY);
        block.asSlice(GUARD + size, GUARD).fill(CANARY);
        blocks.add(block);
        return block.address() + GUARD;
    }

    public long empty(long floats) {
        return bytes(4 * floats);
    }

    public long of(float... values) {
        long at = bytes(4L * values.length);
        for (int i = 0; i < values.length; i++) {
            Raw.putFloat(at + 4L * i, values[i]);
        }
        return at;
    }

    public long ofInts(int... values) {
        long at = bytes(4L * values.length);
        for (int i = 0; i < values.length; i++) {
            Raw.putInt(at + 4L * i, values[i]);
        }
        return at;
    }

    public long ofDoubles(double... values) {
        long at = bytes(8L * values.length);
        for (int i = 0; i < values.length; i++) {
            Raw.putDouble(at + 8L * i, values[i]);
        }
        return at;
    }

    /** Normally distributed floats. */
    public long random(Random random, long n) {
        long at = empty(n);
        for (long i = 0; i < n; i++) {
            Raw.putFloat(at + 4 * i, (float) random.nextGaussian());
        }
        return at;
    }

    public static float[] floats(long at, long n) {
        float[] values = new float[(int) n];
        for (int i = 0; i < n; i++) {
            values[i] = Raw.getFloat(at + 4L * i);
        }
        return values;
    }

    public static double[] doubles(long at, long n) {
        double[] values = new double[(int) n];
        for (int i = 0; i < n; i++) {
            values[i] = Raw.getFloat(at + 4L * i);
        }
        return values;
    }

    /** A checksum of bytes, to compare bits. */
    public static long checksum(long at, long size) {
        CRC32C crc = new CRC32C();
        crc.update(Raw.ALL.asSlice(at, size).asByteBuffer());
        return crc.getValue();
    }

    @Override
    public void close() {
        for (MemorySegment block : blocks) {
            long size = block.byteSize();
            for (long i = 0; i < GUARD; i++) {
                if (block.get(ValueLayout.JAVA_BYTE, i) != CANARY
                        || block.get(ValueLayout.JAVA_BYTE, size - 1 - i) != CANARY) {
                    throw new AssertionError("written out of bounds of an array of " + (size - 2 * GUARD) + " bytes");
                }
            }
        }
        arena.close();
    }
}
