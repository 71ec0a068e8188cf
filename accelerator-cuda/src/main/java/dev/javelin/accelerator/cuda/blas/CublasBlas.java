package dev.javelin.accelerator.cuda.blas;

import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.driver.Libraries.Loaded;
import dev.javelin.accelerator.cuda.driver.Stream;
import java.util.Optional;

/** Products by plain cuBLAS of CUDA 12 or 13, reached by java.lang.foreign: for what cuBLASLt does not have. */
final class CublasBlas implements Blas {
    private final Cublas cublas;
    private final boolean tf32;
    private final long handle;
    private final String text;
    private final Scales scales = new Scales();

    private CublasBlas(Loaded loaded, boolean tf32) {
        this.cublas = new Cublas(loaded);
        this.tf32 = tf32;
        this.handle = cublas.cublasCreate();
        this.text = "cuBLAS " + cublas.cublasGetVersion(handle) + " from " + loaded.from();
    }

    static CublasBlas open(Libraries libraries, boolean tf32) {
        return new CublasBlas(BlasLibraries.requirePlain(libraries), tf32);
    }

    @Override
    public Optional<ReadyProduct> prepare(Gemm gemm, long workspaceBytes) {
        if (gemm.epilogue() != Gemm.Epilogue.NONE || gemm.addend() == Gemm.Addend.APART) {
            return Optional.empty();
        }
        return Optional.of((stream, a, b, c, d, bias, aux, workspace) ->
                enqueue(gemm, stream, a, b, d, workspace, workspaceBytes));
    }

    private synchronized void enqueue(
            Gemm gemm, Stream stream, long a, long b, long d, long workspace, long workspaceBytes) {
        cublas.cublasSetStream(handle, stream.handle());
        cublas.cublasSetWorkspace(handle, workspace, workspaceBytes); // a stream's change takes it away
        cublas.cublasGemmStridedBatchedEx(
                handle,
                gemm,
                BlasTypes.compute(gemm.operands(), tf32),
                scales.one(gemm.operands()),
                a,
                b,
                scales.beta(gemm),
                d);
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public void close() {
        cublas.cublasDestroy(handle);
        scales.close();
    }
}
