package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;

/**
 * How a floating type holds numbers.
 *
 * @param precision bits of a number's mantissa, the leading one included
 * @param leastExponent of numbers that are normal
 * @param largest finite number
 */
record Format(int precision, int leastExponent, double largest) {
    private static final Format FLOAT64 = new Format(53, -1022, Double.MAX_VALUE);
    private static final Format FLOAT32 = new Format(24, -126, Float.MAX_VALUE);
    private static final Format BFLOAT16 = new Format(8, -126, 0x1.FEp127);
    private static final Format FLOAT16 = new Format(11, -14, 65504);

    static Format of(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> FLOAT64;
            case FLOAT32 -> FLOAT32;
            case BFLOAT16 -> BFLOAT16;
            case FLOAT16 -> FLOAT16;
            default -> throw new IllegalArgumentException(dtype + " holds integers");
        };
    }

    /** The distance of neighbours at a number: an ulp. */
    double spacing(double x) {
        int exponent = Math.max(Math.getExponent(Math.min(Math.abs(x), largest)), leastExponent);
        return Math.scalb(1.0, exponent - precision + 1);
    }

    /** The nearest number of this type, of two the even one. */
    double rounded(double x) {
        if (precision == FLOAT64.precision || x == 0 || !Double.isFinite(x)) {
            return x;
        }
        int exponent = Math.max(Math.getExponent(x), leastExponent);
        int shift = exponent - precision + 1;
        double rounded = Math.scalb(Math.rint(Math.scalb(x, -shift)), shift);
        return Math.abs(rounded) > largest ? Math.copySign(Double.POSITIVE_INFINITY, x) : rounded;
    }

    /** Half the spacing at 1: the relative error of one rounding. */
    double unit() {
        return Math.scalb(1.0, -precision);
    }
}
