package dev.javelin.accelerator.cpu.blas;

/**
 * Matrix products on the calling thread alone, row-major, by raw addresses; several threads may call at a time.
 *
 * <p>The bits of the result depend on the arguments only, never on what other threads do. With {@code beta} 0, {@code c}
 * is written without being read. NaN and infinities in the operands reach the result.
 */
public interface SerialBlas {

    /**
     * {@code c = alpha · op(a) · op(b) + beta · c} in fp32.
     *
     * @param transA whether {@code a} is stored as [k, m] instead of [m, k]
     * @param transB whether {@code b} is stored as [n, k] instead of [k, n]
     * @param lda elements from one stored row of {@code a} to the next; likewise {@code ldb}, {@code ldc}
     */
    void sgemm(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc);

    /** {@code c = alpha · op(a) · op(b) + beta · c} in fp64; arguments as in {@link #sgemm}. */
    void dgemm(
            boolean transA,
            boolean transB,
            int m,
            int n,
            int k,
            double alpha,
            long a,
            int lda,
            long b,
            int ldb,
            double beta,
            long c,
            int ldc);

    /** What does the work, for reports: library, version, kernel family. */
    String description();
}
