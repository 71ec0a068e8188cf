package dev.javelin.accelerator.cpu.blas;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost product of {@link JavaBlas}: 6 rows by 2 vectors of C, held in 12 vector registers, which suits machines
 * with 16 registers and keeps the multipliers of those with 32 busy as well.
 */
final class JavaMicroKernel {

    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final int ROWS = 6;
    static final int COLUMNS = 2 * F.length();

    private JavaMicroKernel() {}

    /**
     * {@code c = Σ_k a[k · 6 + i] · b[k · COLUMNS + j]}.
     *
     * @param c [6, COLUMNS]
     */
    static void multiply(int depth, float[] a, int atA, float[] b, int atB, float[] c) {
        int lanes = F.length();
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = FloatVector.zero(F);
        FloatVector c10 = FloatVector.zero(F);
        FloatVector c11 = FloatVector.zero(F);
        FloatVector c20 = FloatVector.zero(F);
        FloatVector c21 = FloatVector.zero(F);
        FloatVector c30 = FloatVector.zero(F);
        FloatVector c31 = FloatVector.zero(F);
        FloatVector c40 = FloatVector.zero(F);
        FloatVector c41 = FloatVector.zero(F);
        FloatVector c50 = FloatVector.zero(F);
        FloatVector c51 = FloatVector.zero(F);
        for (int k = 0, p = atA, q = atB; k < depth; k++, p += ROWS, q += COLUMNS) {
            FloatVector b0 = FloatVector.fromArray(F, b, q);
            FloatVector b1 = FloatVector.fromArray(F, b, q + lanes);
            FloatVector a0 = FloatVector.broadcast(F, a[p]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(F, a[p + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(F, a[p + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(F, a[p + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(F, a[p + 4]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(F, a[p + 5]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
        }
        c00.intoArray(c, 0);
        c01.intoArray(c, 0 + lanes);
        c10.intoArray(c, COLUMNS);
        c11.intoArray(c, COLUMNS + lanes);
        c20.intoArray(c, 2 * COLUMNS);
        c21.intoArray(c, 2 * COLUMNS + lanes);
        c30.intoArray(c, 3 * COLUMNS);
        c31.intoArray(c, 3 * COLUMNS + lanes);
        c40.intoArray(c, 4 * COLUMNS);
        c41.intoArray(c, 4 * COLUMNS + lanes);
        c50.intoArray(c, 5 * COLUMNS);
        c51.intoArray(c, 5 * COLUMNS + lanes);
    }
}
