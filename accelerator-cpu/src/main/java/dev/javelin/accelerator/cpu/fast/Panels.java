package dev.javelin.accelerator.cpu.fast;

import jdk.incubator.vector.FloatVector;

/**
 * Small matrix products of fp32 in registers, for operands that lie in the first two caches: {@code C = A · B} where rows of
 * B and C are vectors and an element of A lies wherever two steps lead, so that A may be read transposed.
 *
 * <p>C is computed in panels of {@link #WIDTH} columns, {@link #ROWS} rows at a time: as many sums as keep the multipliers of
 * a core busy, in few enough registers for AVX2. Bits: an element of C is a sum over k
 * in ascending order by fma, then a factor, then what was there.
 *
 * <p>Steps are in bytes.
 */
final class Panels {

    /** Columns of a panel. */
    static final int WIDTH = 2 * Raw.LANES;

    /** Rows that are computed at a time. */
    static final int ROWS = 4;

    private Panels() {}

    /**
     * {@link #ROWS} rows of a panel: {@code c[i] = Σ_k a[i, k] · b[k]}.
     *
     * @param a element (i, k) lies at {@code a + i · aRow + k · aDepth}
     */
    static void four(long a, long aRow, long aDepth, long b, long bRow, int depth, long c, long cRow) {
        FloatVector c00 = Raw.splat(0f);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        long at = a;
        long from = b;
        for (int k = 0; k < depth; k++, at += aDepth, from += bRow) {
            FloatVector b0 = Raw.load(from);
            FloatVector b1 = Raw.load(from + Raw.STEP);
            FloatVector f0 = Raw.splat(Raw.getFloat(at));
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            FloatVector f1 = Raw.splat(Raw.getFloat(at + aRow));
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
            FloatVector f2 = Raw.splat(Raw.getFloat(at + 2 * aRow));
            c20 = f2.fma(b0, c20);
            c21 = f2.fma(b1, c21);
            FloatVector f3 = Raw.splat(Raw.getFloat(at + 3 * aRow));
            c30 = f3.fma(b0, c30);
            c31 = f3.fma(b1, c31);
        }
        Raw.store(c00, c);
        Raw.store(c01, c + Raw.STEP);
        Raw.store(c10, c + cRow);
        Raw.store(c11, c + cRow + Raw.STEP);
        Raw.store(c20, c + 2 * cRow);
        Raw.store(c21, c + 2 * cRow + Raw.STEP);
        Raw.store(c30, c + 3 * cRow);
        Raw.store(c31, c + 3 * cRow + Raw.STEP);
    }

    /** As {@link #four}, with sums that go on from what is in c. */
    static void fourMore(long a, long aRow, long aDepth, long b, long bRow, int depth, long c, long cRow) {
        FloatVector c00 = Raw.load(c);
        FloatVector c01 = Raw.load(c + Raw.STEP);
        FloatVector c10 = Raw.load(c + cRow);
        FloatVector c11 = Raw.load(c + cRow + Raw.STEP);
        FloatVector c20 = Raw.load(c + 2 * cRow);
        FloatVector c21 = Raw.load(c + 2 * cRow + Raw.STEP);
        FloatVector c30 = Raw.load(c + 3 * cRow);
        FloatVector c31 = Raw.load(c + 3 * cRow + Raw.STEP);
        long at = a;
        long from = b;
        for (int k = 0; k < depth; k++, at += aDepth, from += bRow) {
            FloatVector b0 = Raw.load(from);
            FloatVector b1 = Raw.load(from + Raw.STEP);
            FloatVector f0 = Raw.splat(Raw.getFloat(at));
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            FloatVector f1 = Raw.splat(Raw.getFloat(at + aRow));
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
            FloatVector f2 = Raw.splat(Raw.getFloat(at + 2 * aRow));
            c20 = f2.fma(b0, c20);
            c21 = f2.fma(b1, c21);
            FloatVector f3 = Raw.splat(Raw.getFloat(at + 3 * aRow));
            c30 = f3.fma(b0, c30);
            c31 = f3.fma(b1, c31);
        }
        Raw.store(c00, c);
        Raw.store(c01, c + Raw.STEP);
        Raw.store(c10, c + cRow);
        Raw.store(c11, c + cRow + Raw.STEP);
        Raw.store(c20, c + 2 * cRow);
        Raw.store(c21, c + 2 * cRow + Raw.STEP);
        Raw.store(c30, c + 3 * cRow);
        Raw.store(c31, c + 3 * cRow + Raw.STEP);
    }

    /** One row of a panel; {@code more}: as in {@link #fourMore}. */
    static void one(long a, long aDepth, long b, long bRow, int depth, long c, boolean more) {
        FloatVector c0 = Raw.splat(0f);
        FloatVector c1 = c0;
        if (more) {
            c0 = Raw.load(c);
            c1 = Raw.load(c + Raw.STEP);
        }
        for (int k = 0; k < depth; k++) {
            FloatVector f = Raw.splat(Raw.getFloat(a + k * aDepth));
            c0 = f.fma(Raw.load(b + k * bRow), c0);
            c1 = f.fma(Raw.load(b + k * bRow + Raw.STEP), c1);
        }
        Raw.store(c0, c);
        Raw.store(c1, c + Raw.STEP);
    }
}
