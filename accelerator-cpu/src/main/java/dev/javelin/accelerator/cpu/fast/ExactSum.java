package dev.javelin.accelerator.cpu.fast;

import java.math.BigInteger;

/** Arithmetic on limbs of 32 payload bits in int64, limb i of weight 2^(32 · i − 1074); see {@link SquareSum}. */
final class ExactSum {

    private ExactSum() {}

    /** Adds {@code value · 2^(bit − 1074)}, value from 0 to 2^63 − 1: at most 2^32 to each of three limbs. */
    static void addAt(long[] limbs, long value, int bit) {
        int limb = bit >>> 5;
        int shift = bit & 31;
        long low = value & 0xFFFFFFFFL;
        long high = value >>> 32;
        long a = low << shift;
        long b = high << shift;
        limbs[limb] += a & 0xFFFFFFFFL;
        limbs[limb + 1] += (a >>> 32) + (b & 0xFFFFFFFFL);
        limbs[limb + 2] += b >>> 32;
    }

    /** The value of normalised limbs, to nearest even; NaN if told so. */
    static double toDouble(long[] limbs, int count, boolean notANumber) {
        if (notANumber) {
            return Double.NaN;
        }
        BigInteger sum = BigInteger.ZERO;
        for (int i = count - 1; i >= 0; i--) {
            sum = sum.shiftLeft(32).add(BigInteger.valueOf(limbs[i]));
        }
        int excess = Math.max(0, sum.bitLength() - 62);
        BigInteger top = sum.shiftRight(excess);
        if (excess > 0 && sum.getLowestSetBit() < excess) {
            top = top.setBit(0); // what was cut off counts when rounding
        }
        return Math.scalb(top.doubleValue(), excess - 1074);
    }
}
