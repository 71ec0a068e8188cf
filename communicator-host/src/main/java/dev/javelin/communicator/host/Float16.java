package dev.javelin.communicator.host;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * F16 to float and back, in vectors; for scalars Java has it. All steps are exact but the one rounding, which the adder of
 * floats does for subnormal results and integer arithmetic for the others.
 *
 * <p>Source: F. Giesen, "half to float done quic" and "float->half variants"; here with the one NaN for any NaN.
 */
final class Float16 {
    private static final int EXPONENT = 0x7c00 << 13;
    private static final int BIAS = (127 - 15) << 23;
    private static final int NAN = 0x7e00;
    /** 65536: from here on infinite, whatever the rounding. */
    private static final int BEYOND = (127 + 16) << 23;
    /** 2⁻¹⁴, the smallest normal one. */
    private static final int NORMAL = (127 - 14) << 23;
    /** 0.5, whose last bit is worth the smallest subnormal. */
    private static final int HALF = (127 - 1) << 23;

    private Float16() {}

    static FloatVector widened(IntVector bits) {
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

    /** The nearest, the even one of two; the one NaN for any NaN. */
    static IntVector rounded(FloatVector x) {
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
        return narrow.blend(NAN, x.test(VectorOperators.IS_NAN).cast(Halves.I));
    }

    static float widened(short bits) {
        return Float.float16ToFloat(bits);
    }

    static short rounded(float x) {
        return Float.isNaN(x) ? NAN : Float.floatToFloat16(x);
    }
}
