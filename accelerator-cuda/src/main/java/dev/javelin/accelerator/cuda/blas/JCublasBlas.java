package dev.javelin.accelerator.cuda.blas;

import dev.javelin.accelerator.cuda.driver.HostPointer;
import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.driver.Libraries.Loaded;
import dev.javelin.accelerator.cuda.driver.Stream;
import dev.javelin.api.JavelinException;
import java.util.Optional;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.runtime.cudaStream_t;

/** Products by cuBLAS of CUDA 12, reached by JCublas, which knows nothing of cuBLASLt. */
public final class JCublasBlas implements Blas {
    /** {@code CUBLAS_GEMM_DEFAULT}. */
    private static final int ALGORITHM_DEFAULT = -1;

    private final boolean tf32;
    private final cublasHandle handle = new cublasHandle();
    private final String text;
    private final Scales scales = new Scales();

    private JCublasBlas(Loaded loaded, boolean tf32) {
        this.tf32 = tf32;
        JCublas2.setExceptionsEnabled(false);
        BlasErrors.check("cublasCreate", JCublas2.cublasCreate(handle));
        int[] version = new int[1];
        BlasErrors.check("cublasGetVersion", JCublas2.cublasGetVersion(handle, version));
        this.text = "cuBLAS " + version[0] + " by JCublas from " + loaded.from();
    }

    /**
     * Opens the library in the calling thread's context.
     *
     * @param tf32 whether operands of FLOAT32 products are rounded to TF32
     * @throws JavelinException {@code JVL-CUD-0014} if cuBLAS 12 is not found, {@code 0033} if JCublas does not load with it
     */
    public static JCublasBlas open(Libraries libraries, boolean tf32) {
        Loaded loaded = BlasLibraries.require12(libraries);
        try {
            return new JCublasBlas(loaded, tf32);
        } catch (LinkageError e) {
            throw new JavelinException(
                    "JVL-CUD-0033",
                    "JCublas does not load with " + loaded.from() + ": " + e.getMessage(),
                    "set accelerator.cuda.blas=foreign, which needs cuBLASLt alone",
                    e);
        }
    }

    @Override
    public Optional<ReadyProduct> prepare(Gemm gemm, long workspaceBytes) {
        if (gemm.epilogue() != Gemm.Epilogue.NONE || gemm.addend() == Gemm.Addend.APART) {
            return Optional.empty();
        }
        HostPointer alpha = new HostPointer(scales.one(gemm.operands()).address());
        HostPointer beta = new HostPointer(scales.beta(gemm).address());
        return Optional.of((stream, a, b, c, d, bias, aux, workspace) -> {
            synchronized (this) {
                use(stream, workspace, workspaceBytes);
                multiply(gemm, alpha, a, b, beta, d);
            }
        });
    }

    private void use(Stream stream, long workspace, long workspaceBytes) {
        BlasErrors.check("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(stream)));
        BlasErrors.check(
                "cublasSetWorkspace", JCublas2.cublasSetWorkspace(handle, new HostPointer(workspace), workspaceBytes));
    }

    private void multiply(Gemm gemm, HostPointer alpha, long a, long b, HostPointer beta, long d) {
        BlasErrors.check(
                "cublasGemmStridedBatchedEx",
                JCublas2.cublasGemmStridedBatchedEx_64_new(
                        handle,
                        gemm.transposeA() ? 1 : 0,
                        gemm.transposeB() ? 1 : 0,
                        gemm.m(),
                        gemm.n(),
                        gemm.k(),
                        alpha,
                        new HostPointer(a),
                        BlasTypes.data(gemm.operands()),
                        gemm.lda(),
                        gemm.strideA(),
                        new HostPointer(b),
                        BlasTypes.data(gemm.operands()),
                        gemm.ldb(),
                        gemm.strideB(),
                        beta,
                        new HostPointer(d),
                        BlasTypes.data(gemm.results()),
                        gemm.ldd(),
                        gemm.strideD(),
                        gemm.batches(),
                        BlasTypes.compute(gemm.operands(), tf32),
                        ALGORITHM_DEFAULT));
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public void close() {
        BlasErrors.check("cublasDestroy", JCublas2.cublasDestroy(handle));
        scales.close();
    }
}
