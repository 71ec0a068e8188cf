package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.kernel.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Memory by raw address, as scalars and as vectors of the machine's preferred width.
 *
 * <p>All kernels of this package address memory as {@code long}s inside one segment that spans everything; whoever calls
 * a kernel owns the memory and vouches for its bounds. A vector load or store of a tail is masked and touches the masked
 * lanes only.
 */
final class Raw {

    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

    static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

    /** Floats per vector. */
    static final int LANES = F.length();

    /** Bytes per vector. */
    static final int STEP = LANES * Float.BYTES;

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    static final MemorySegment ALL = Memory.ALL;

    private static final int LOG_LANES = Integer.numberOfTrailingZeros(LANES);

    /** FOLD_n brings lane j + n to lane j, for vectors of more than n lanes. */
    private static final VectorShuffle<Float> FOLD_8 = fold(8);

    private static final VectorShuffle<Float> FOLD_4 = fold(4);
    private static final VectorShuffle<Float> FOLD_2 = fold(2);
    private static final VectorShuffle<Float> FOLD_1 = fold(1);

    private Raw() {}

    private static VectorShuffle<Float> fold(int distance) {
        return VectorShuffle.fromOp(F, lane -> (lane + distance) & (LANES - 1));
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(F, ALL, address, ORDER);
    }

    static FloatVector load(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(F, ALL, address, ORDER, mask);
    }

    static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address, ORDER);
    }

    static void store(FloatVector v, long address, VectorMask<Float> mask) {
        v.intoMemorySegment(ALL, address, ORDER, mask);
    }

    static FloatVector splat(float value) {
        return FloatVector.broadcast(F, value);
    }

    static IntVector splat(int value) {
        return IntVector.broadcast(I, value);
    }

    /** Lanes 0 to remaining - 1. */
    static VectorMask<Float> head(long remaining) {
        return F.indexInRange(0, remaining);
    }

    /** The sum of all lanes in a fixed order: the upper half is added to the lower half until one is left. */
    static float sum(FloatVector v) {
        FloatVector s = v;
        if (LOG_LANES >= 4) {
            s = s.add(s.rearrange(FOLD_8));
        }
        if (LOG_LANES >= 3) {
            s = s.add(s.rearrange(FOLD_4));
        }
        if (LOG_LANES >= 2) {
            s = s.add(s.rearrange(FOLD_2));
        }
        if (LOG_LANES >= 1) {
            s = s.add(s.rearrange(FOLD_1));
        }
        return s.lane(0);
    }

    /** The greatest lane. A NaN lane may be passed over: what is computed with that lane then is NaN all the same. */
    static float max(FloatVector v) {
        FloatVector s = v;
        if (LOG_LANES >= 4) {
            s = larger(s, s.rearrange(FOLD_8));
        }
        if (LOG_LANES >= 3) {
            s = larger(s, s.rearrange(FOLD_4));
        }
        if (LOG_LANES >= 2) {
            s = larger(s, s.rearrange(FOLD_2));
        }
        if (LOG_LANES >= 1) {
            s = larger(s, s.rearrange(FOLD_1));
        }
        return s.lane(0);
    }

    /** Lane by lane {@code a < b ? b : a}: cheaper than {@code FloatVector.max}, which orders zeros and keeps NaN. */
    static FloatVector larger(FloatVector a, FloatVector b) {
        return a.blend(b, a.compare(VectorOperators.LT, b));
    }

    static float getFloat(long address) {
        return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
    }

    static void putFloat(long address, float value) {
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
    }

    static double getDouble(long address) {
        return ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, address);
    }

    static void putDouble(long address, double value) {
        ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, address, value);
    }

    static int getInt(long address) {
        return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
    }

    static void putInt(long address, int value) {
        ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
    }

    static long getLong(long address) {
        return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
    }

    static void putLong(long address, long value) {
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
    }

    /** Fills with zero bytes, by the calling thread. */
    static void zero(long address, long bytes) {
        ALL.asSlice(address, bytes).fill((byte) 0);
    }

    /** Copies, by the calling thread; the ranges may overlap. */
    static void copy(long source, long target, long bytes) {
        MemorySegment.copy(ALL, source, ALL, target, bytes);
    }

    /** Sets n floats to 0: for rows, where a call of the library's fill costs more than the row. */
    static void zeroFloats(long address, long n) {
        FloatVector zero = splat(0f);
        long i = 0;
        for (; i <= n - LANES; i += LANES) {
            store(zero, address + 4 * i);
        }
        if (i < n) {
            store(zero, address + 4 * i, head(n - i));
        }
    }

    /** Copies n floats that don't overlap: for rows, as {@link #zeroFloats}. */
    static void copyFloats(long from, long to, long n) {
        long i = 0;
        for (; i <= n - LANES; i += LANES) {
            store(load(from + 4 * i), to + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = head(n - i);
            store(load(from + 4 * i, m), to + 4 * i, m);
        }
    }

    /** sum = a + b of n floats each: for rows. The sum may lie on a or b. */
    static void sumRow(long a, long b, long sum, long n) {
        long i = 0;
        for (; i <= n - LANES; i += LANES) {
            store(load(a + 4 * i).add(load(b + 4 * i)), sum + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = head(n - i);
            store(load(a + 4 * i, m).add(load(b + 4 * i, m)), sum + 4 * i, m);
        }
    }

    static int ceilDiv(long a, long b) {
        return Math.toIntExact((a + b - 1) / b);
    }
}
