package dev.javelin.accelerator.cpu.reference;

/** Numbers of 16 bits from doubles, rounded once, to the nearest and of two to the even one; one NaN for any NaN. */
final class Halves {
    private static final short NAN_16 = 0x7e00;
    private static final short NAN_B16 = 0x7fc0;

    private Halves() {}

    static short float16(double value) {
        return Double.isNaN(value) ? NAN_16 : Float.floatToFloat16(toOdd(value));
    }

    static short bfloat16(double value) {
        if (Double.isNaN(value)) {
            return NAN_B16;
        }
        int bits = Float.floatToRawIntBits(toOdd(value));
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** A BF16 number: the upper half of a float. */
    static float widened(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /**
     * The float next to a number on the side of zero, its last bit set if anything was lost: whoever rounds it further
     * rounds as if from the number itself (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved
     * algorithms using rounding to odd", theorem 1).
     */
    private static float toOdd(double value) {
        float near = (float) value;
        if (near == value) {
            return near;
        }
        int bits = Float.floatToRawIntBits(near);
        int below = Math.abs((double) near) > Math.abs(value) ? bits - 1 : bits;
        return Float.intBitsToFloat(below | 1);
    }
}
