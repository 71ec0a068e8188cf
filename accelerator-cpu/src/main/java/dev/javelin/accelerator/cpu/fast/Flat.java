package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies, fills, casts and accumulation of flat arrays. Bits: each element by itself.
 */
public final class Flat {

    private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;

    /** As many floats as a vector of doubles has lanes. */
    private static final VectorSpecies<Float> HALF =
            VectorSpecies.of(float.class, jdk.incubator.vector.VectorShape.forBitSize(D.vectorBitSize() / 2));

    private Flat() {}

    /** Copies bytes that don't overlap. */
    public static void copy(Workers workers, long bytes, long from, long to) {
        Tiles.run(
                workers,
                bytes,
                4 * Tiles.ELEMENTS,
                (first, end) -> MemorySegment.copy(Raw.ALL, from + first, Raw.ALL, to + first, end - first));
    }

    /** Writes zero bytes. */
    public static void zero(Workers workers, long bytes, long to) {
        Tiles.run(workers, bytes, 4 * Tiles.ELEMENTS, (first, end) -> Raw.zero(to + first, end - first));
    }

    /** {@code y[i] = value} for n floats (or, by their bits, n int32). */
    public static void fill(Workers workers, long n, float value, long y) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> fillRow(y + 4 * from, to - from, value));
    }

    static void fillRow(long y, long n, float value) {
        FloatVector v = Raw.splat(value);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            Raw.store(v, y + 4 * i);
        }
        if (i < n) {
            Raw.store(v, y + 4 * i, Raw.head(n - i));
        }
    }

    /** {@code y[i] = value} for n doubles (or, by their bits, n int64). */
    public static void fillDouble(Workers workers, long n, double value, long y) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            for (long i = from; i < to; i++) {
                Raw.putDouble(y + 8 * i, value);
            }
        });
    }

    /** {@code y[i] = x[i] · factor} with one float factor read from memory; y may be x. */
    public static void scale(Workers workers, long n, long x, long factor, long y) {
        float f = Raw.getFloat(factor);
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> Rows.scale(x + 4 * from, y + 4 * from, to - from, f));
    }

    /** {@code y[i] += x[i]}. */
    public static void accumulate(Workers workers, long n, long x, long y) {
        Binary.run(workers, Binary.Op.ADD, n, y, x, y);
    }

    /** {@code y[i] += x[i] · factor} (one fma) with one float factor read from memory. */
    public static void accumulateScaled(Workers workers, long n, long x, long factor, long y) {
        FloatVector f = Raw.splat(Raw.getFloat(factor));
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                Raw.store(Raw.load(x + 4 * i).fma(f, Raw.load(y + 4 * i)), y + 4 * i);
            }
            if (i < to) {
                VectorMask<Float> m = Raw.head(to - i);
                Raw.store(Raw.load(x + 4 * i, m).fma(f, Raw.load(y + 4 * i, m)), y + 4 * i, m);
            }
        });
    }

    /** fp32 to fp64, exact. */
    public static void widen(Workers workers, long n, long x, long y) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - D.length(); i += D.length()) {
                FloatVector v = FloatVector.fromMemorySegment(HALF, Raw.ALL, x + 4 * i, Raw.ORDER);
                ((DoubleVector) v.convertShape(VectorOperators.F2D, D, 0))
                        .intoMemorySegment(Raw.ALL, y + 8 * i, Raw.ORDER);
            }
            for (; i < to; i++) {
                Raw.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, y + 8 * i, Raw.getFloat(x + 4 * i));
            }
        });
    }

    /** fp64 to fp32, to nearest even. */
    public static void narrow(Workers workers, long n, long x, long y) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - D.length(); i += D.length()) {
                DoubleVector v = DoubleVector.fromMemorySegment(D, Raw.ALL, x + 8 * i, Raw.ORDER);
                ((FloatVector) v.convertShape(VectorOperators.D2F, HALF, 0))
                        .intoMemorySegment(Raw.ALL, y + 4 * i, Raw.ORDER);
            }
            for (; i < to; i++) {
                Raw.putFloat(y + 4 * i, (float) Raw.getDouble(x + 8 * i));
            }
        });
    }
}
