package dev.javelin.accelerator.cpu.blas;

import java.nio.file.Path;

/** {@link SerialBlas} by OpenBLAS, one thread a call. */
public final class OpenBlasSerial implements SerialBlas {

    private final OpenBlas library;

    public OpenBlasSerial(OpenBlas library) {
        this.library = library;
    }

    /** Extracts and loads the bundled library; see {@link OpenBlasFiles#extract}. */
    public static OpenBlasSerial open(Path cacheFolder) {
        return new OpenBlasSerial(OpenBlas.load(OpenBlasFiles.extract(cacheFolder)));
    }

    @Override
    public void sgemm(
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
            int ldc) {
        library.cblas_sgemm(
                OpenBlas.CblasRowMajor, trans(transA), trans(transB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    @Override
    public void dgemm(
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
            int ldc) {
        library.cblas_dgemm(
                OpenBlas.CblasRowMajor, trans(transA), trans(transB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    @Override
    public String description() {
        return library.openblas_get_config() + " (" + library.openblas_get_corename() + ")";
    }

    private static int trans(boolean transposed) {
        return transposed ? OpenBlas.CblasTrans : OpenBlas.CblasNoTrans;
    }
}
