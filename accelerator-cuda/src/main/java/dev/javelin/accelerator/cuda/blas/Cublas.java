package dev.javelin.accelerator.cuda.blas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.javelin.accelerator.cuda.driver.Libraries.Loaded;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** cuBLAS of CUDA 12 and 13, as far as it is used, by its own names, every status checked. Pointers are plain numbers. */
final class Cublas {
    private final Loaded library;
    private final MethodHandle create;
    private final MethodHandle destroy;
    private final MethodHandle getVersion;
    private final MethodHandle setStream;
    private final MethodHandle setWorkspace;
    private final MethodHandle gemmStridedBatchedEx;

    Cublas(Loaded library) {
        this.library = library;
        create = handle("cublasCreate_v2", ADDRESS);
        destroy = handle("cublasDestroy_v2", JAVA_LONG);
        getVersion = handle("cublasGetVersion_v2", JAVA_LONG, ADDRESS);
        setStream = handle("cublasSetStream_v2", JAVA_LONG, JAVA_LONG);
        setWorkspace = handle("cublasSetWorkspace_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG);
        gemmStridedBatchedEx = handle(
                "cublasGemmStridedBatchedEx_64",
                JAVA_LONG, // handle
                JAVA_INT, // op(A)
                JAVA_INT, // op(B)
                JAVA_LONG, // m
                JAVA_LONG, // n
                JAVA_LONG, // k
                ADDRESS, // alpha
                JAVA_LONG, // A
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG, // B
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                ADDRESS, // beta
                JAVA_LONG, // C
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG, // batches
                JAVA_INT, // compute type
                JAVA_INT); // algorithm
    }

    @SuppressWarnings("restricted")
    private MethodHandle handle(String name, MemoryLayout... arguments) {
        MemorySegment symbol = library.symbols()
                .find(name)
                .orElseThrow(() -> new IllegalStateException(library.from() + " has no " + name));
        return Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    long cublasCreate() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment at = arena.allocate(JAVA_LONG);
            check("cublasCreate", () -> (int) create.invokeExact(at));
            return at.get(JAVA_LONG, 0);
        }
    }

    void cublasDestroy(long handle) {
        check("cublasDestroy", () -> (int) destroy.invokeExact(handle));
    }

    int cublasGetVersion(long handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment at = arena.allocate(JAVA_INT);
            check("cublasGetVersion", () -> (int) getVersion.invokeExact(handle, at));
            return at.get(JAVA_INT, 0);
        }
    }

    void cublasSetStream(long handle, long stream) {
        check("cublasSetStream", () -> (int) setStream.invokeExact(handle, stream));
    }

    void cublasSetWorkspace(long handle, long workspace, long bytes) {
        check("cublasSetWorkspace", () -> (int) setWorkspace.invokeExact(handle, workspace, bytes));
    }

    /** Adds alpha · op(A) · op(B) to beta · C. */
    void cublasGemmStridedBatchedEx(
            long handle, Gemm gemm, int compute, MemorySegment alpha, long a, long b, MemorySegment beta, long c) {
        check("cublasGemmStridedBatchedEx", () -> (int) gemmStridedBatchedEx.invokeExact(
                handle,
                gemm.transposeA() ? 1 : 0,
                gemm.transposeB() ? 1 : 0,
                gemm.m(),
                gemm.n(),
                gemm.k(),
                alpha,
                a,
                BlasTypes.data(gemm.operands()),
                gemm.lda(),
                gemm.strideA(),
                b,
                BlasTypes.data(gemm.operands()),
                gemm.ldb(),
                gemm.strideB(),
                beta,
                c,
                BlasTypes.data(gemm.results()),
                gemm.ldd(),
                gemm.strideD(),
                gemm.batches(),
                compute,
                ALGORITHM_DEFAULT));
    }

    /** {@code CUBLAS_GEMM_DEFAULT}. */
    private static final int ALGORITHM_DEFAULT = -1;

    private interface Doing {
        int call() throws Throwable;
    }

    private static void check(String name, Doing doing) {
        int status;
        try {
            status = doing.call();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
        BlasErrors.check(name, status);
    }
}
