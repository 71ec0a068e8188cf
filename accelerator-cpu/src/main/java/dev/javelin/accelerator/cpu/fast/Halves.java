package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.function.Function;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Floats to numbers of 16 bits and back. Narrower is rounded to the nearest, of two to the even one; any NaN becomes the
 * one NaN; wider is exact. Bits: each element by itself.
 *
 * <p>F16 after F. Giesen, "half to float done quic" and "float->half variants": all steps are exact but the one rounding,
 * which the adder of floats does for subnormal results and integer arithmetic for the others.
 */
public final class Halves {
    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Raw.I.vectorBitSize() / 2));

    private static final int NAN_16 = 0x7e00;
    private static final int NAN_B16 = 0x7fc0;
    /** Floats with greater bits are NaN. */
    private static final int INFINITE = 0x7f800000;

    private static final int EXPONENT = 0x7c00 << 13;
    private static final int BIAS = (127 - 15) << 23;
    /** 65536: from here on infinite, whatever the rounding. */
    private static final int BEYOND = (127 + 16) << 23;
    /** 2⁻¹⁴, the smallest normal one. */
    private static final int NORMAL = (127 - 14) << 23;
    /** 0.5, whose last bit is worth the smallest subnormal. */
    private static final int HALF = (127 - 1) << 23;

    private Halves() {}

    /** One of the conversions: n elements from x to y, which don't overlap. */
    @FunctionalInterface
    public interface Conversion {
        void run(Workers workers, long n, long x, long y);
    }

    public static void toFloat16(Workers workers, long n, long x, long y) {
        narrow(workers, n, x, y, Halves::float16);
    }

    public static void toBFloat16(Workers workers, long n, long x, long y) {
        narrow(workers, n, x, y, Halves::bfloat16);
    }

    public static void fromFloat16(Workers workers, long n, long x, long y) {
        widen(workers, n, x, y, Halves::float16);
    }

    public static void fromBFloat16(Workers workers, long n, long x, long y) {
        widen(workers, n, x, y, Halves::bfloat16);
    }

    private static void narrow(Workers workers, long n, long x, long y, Function<FloatVector, IntVector> rounded) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                shorts(rounded.apply(Raw.load(x + 4 * i))).intoMemorySegment(Raw.ALL, y + 2 * i, Raw.ORDER);
            }
            if (i < to) {
                VectorMask<Short> m = S.indexInRange(0, to - i);
                shorts(rounded.apply(Raw.load(x + 4 * i, Raw.head(to - i))))
                        .intoMemorySegment(Raw.ALL, y + 2 * i, Raw.ORDER, m);
            }
        });
    }

    private static void widen(Workers workers, long n, long x, long y, Function<IntVector, FloatVector> widened) {
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                ShortVector bits = ShortVector.fromMemorySegment(S, Raw.ALL, x + 2 * i, Raw.ORDER);
                Raw.store(widened.apply(ints(bits)), y + 4 * i);
            }
            if (i < to) {
                VectorMask<Short> m = S.indexInRange(0, to - i);
                ShortVector bits = ShortVector.fromMemorySegment(S, Raw.ALL, x + 2 * i, Raw.ORDER, m);
                Raw.store(widened.apply(ints(bits)), y + 4 * i, Raw.head(to - i));
            }
        });
    }

    private static ShortVector shorts(IntVector bits) {
        return (ShortVector) bits.convertShape(VectorOperators.I2S, S, 0);
    }

    /** The bits in the lower half of each lane, zeros in the upper. */
    private static IntVector ints(ShortVector bits) {
        return (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, Raw.I, 0);
    }

    private static FloatVector float16(IntVector bits) {
        IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
        IntVector exponent = magnitude.and(EXPONENT);
        IntVector normal = magnitude.add(BIAS);
        IntVector subnormal = normal.add(1 << 23)
                .reinterpretAsFloats()
                .sub(Float.intBitsToFloat(NORMAL))
                .reinterpretAsInts();
        IntVector wide = normal.blend(normal.add(BIAS), exponent.eq(EXPONENT)).blend(subnormal, exponent.eq(0));
        IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
        return wide.or(sign).reinterpretAsFloats();
    }

    private static IntVector float16(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector magnitude = bits.and(0x7fffffff);
        IntVector sign = bits.lanewise(VectorOperators.LSHR, 16).and(0x8000);
        IntVector odd = magnitude.lanewise(VectorOperators.LSHR, 13).and(1);
        IntVector normal = magnitude.sub(BIAS).add(0xfff).add(odd).lanewise(VectorOperators.LSHR, 13);
        IntVector subnormal = magnitude
                .reinterpretAsFloats()
                .add(Float.intBitsToFloat(HALF))
                .reinterpretAsInts()
                .sub(HALF);
        VectorMask<Integer> infinite = magnitude.compare(VectorOperators.GE, BEYOND);
        IntVector narrow = normal.blend(subnormal, magnitude.compare(VectorOperators.LT, NORMAL))
                .blend(0x7c00, infinite)
                .or(sign);
        return narrow.blend(NAN_16, magnitude.compare(VectorOperators.GT, INFINITE));
    }

    private static FloatVector bfloat16(IntVector bits) {
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static IntVector bfloat16(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector up = bits.add(odd).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
        return up.blend(NAN_B16, bits.and(0x7fffffff).compare(VectorOperators.GT, INFINITE));
    }
}
