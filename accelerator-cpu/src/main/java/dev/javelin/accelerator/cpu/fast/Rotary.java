package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Rotary positions over rows of heads: the pair (i, i + D/2) of a head is turned by the angle whose cosine is element i of
 * the row's table row and whose sine is element i + D/2.
 *
 * <p>Bits: each pair by itself: two products, each rounded, and their difference or sum.
 */
public final class Rotary {

    private Rotary() {}

    /**
     * What is turned.
     *
     * @param rows of x; row r takes table row r mod tableRows
     * @param heads in a row
     * @param turned heads that are turned, from the first on; the rest are copied
     * @param half D/2
     * @param back by the opposite angle
     */
    public record Shape(long rows, long tableRows, int heads, int turned, int half, boolean back) {}

    /**
     * Turns.
     *
     * @param x [rows, heads, D]
     * @param table [tableRows, D]
     * @param y [rows, heads, D]; may be {@code x}
     */
    public static void run(Workers workers, Shape shape, long x, long table, long y) {
        long rowBytes = 8L * shape.heads * shape.half;
        long turnedBytes = 8L * shape.turned * shape.half;
        Tiles.rows(workers, shape.rows, rowBytes / 4, (from, to) -> {
            for (long r = from; r < to; r++) {
                long angles = table + 8L * shape.half * (r % shape.tableRows);
                for (int head = 0; head < shape.turned; head++) {
                    long at = r * rowBytes + 8L * shape.half * head;
                    if (shape.back) {
                        turnBack(x + at, angles, y + at, shape.half);
                    } else {
                        turn(x + at, angles, y + at, shape.half);
                    }
                }
                if (x != y) {
                    long at = r * rowBytes + turnedBytes;
                    java.lang.foreign.MemorySegment.copy(Raw.ALL, x + at, Raw.ALL, y + at, rowBytes - turnedBytes);
                }
            }
        });
    }

    private static void turn(long x, long table, long y, int half) {
        long right = 4L * half;
        int i = 0;
        for (; i <= half - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4L * i);
            FloatVector b = Raw.load(x + right + 4L * i);
            FloatVector cos = Raw.load(table + 4L * i);
            FloatVector sin = Raw.load(table + right + 4L * i);
            Raw.store(a.mul(cos).sub(b.mul(sin)), y + 4L * i);
            Raw.store(b.mul(cos).add(a.mul(sin)), y + right + 4L * i);
        }
        if (i < half) {
            VectorMask<Float> m = Raw.head(half - i);
            FloatVector a = Raw.load(x + 4L * i, m);
            FloatVector b = Raw.load(x + right + 4L * i, m);
            FloatVector cos = Raw.load(table + 4L * i, m);
            FloatVector sin = Raw.load(table + right + 4L * i, m);
            Raw.store(a.mul(cos).sub(b.mul(sin)), y + 4L * i, m);
            Raw.store(b.mul(cos).add(a.mul(sin)), y + right + 4L * i, m);
        }
    }

    private static void turnBack(long x, long table, long y, int half) {
        long right = 4L * half;
        int i = 0;
        for (; i <= half - Raw.LANES; i += Raw.LANES) {
            FloatVector a = Raw.load(x + 4L * i);
            FloatVector b = Raw.load(x + right + 4L * i);
            FloatVector cos = Raw.load(table + 4L * i);
            FloatVector sin = Raw.load(table + right + 4L * i);
            Raw.store(a.mul(cos).add(b.mul(sin)), y + 4L * i);
            Raw.store(b.mul(cos).sub(a.mul(sin)), y + right + 4L * i);
        }
        if (i < half) {
            VectorMask<Float> m = Raw.head(half - i);
            FloatVector a = Raw.load(x + 4L * i, m);
            FloatVector b = Raw.load(x + right + 4L * i, m);
            FloatVector cos = Raw.load(table + 4L * i, m);
            FloatVector sin = Raw.load(table + right + 4L * i, m);
            Raw.store(a.mul(cos).add(b.mul(sin)), y + 4L * i, m);
            Raw.store(b.mul(cos).sub(a.mul(sin)), y + right + 4L * i, m);
        }
    }
}
