package dev.javelin.communicator.host;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** BF16, the upper half of a float, to float and back. */
final class BFloat16 {
    private static final int NAN = 0x7fc0;

    private BFloat16() {}

    static FloatVector widened(IntVector bits) {
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** The nearest, the even one of two; the one NaN for any NaN. */
    static IntVector rounded(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector up = bits.add(odd).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
        return up.blend(NAN, x.test(VectorOperators.IS_NAN).cast(Halves.I));
    }

    static float widened(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    static short rounded(float x) {
        if (Float.isNaN(x)) {
            return NAN;
        }
        int bits = Float.floatToRawIntBits(x);
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
