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

/**
 * cuBLASLt of CUDA 12 and 13, as far as it is used, by its own names. A status that is not success becomes an error, but
 * for the heuristic, whose answer may be that there is nothing. Pointers are plain numbers.
 *
 * <p>Source: NVIDIA, cuBLAS library documentation, "Using the cuBLASLt API".
 */
final class CublasLt {
    // cublasLtMatmulDescAttributes_t
    static final int DESC_TRANSA = 3;
    static final int DESC_TRANSB = 4;
    static final int DESC_EPILOGUE = 7;
    static final int DESC_BIAS_POINTER = 8;
    static final int DESC_EPILOGUE_AUX_POINTER = 11;
    static final int DESC_EPILOGUE_AUX_LD = 12;
    static final int DESC_EPILOGUE_AUX_BATCH_STRIDE = 13;
    static final int DESC_BIAS_DATA_TYPE = 26;

    // cublasLtMatrixLayoutAttribute_t
    static final int LAYOUT_BATCH_COUNT = 5;
    static final int LAYOUT_STRIDED_BATCH_OFFSET = 6;

    // cublasLtMatmulPreferenceAttributes_t
    static final int PREF_MAX_WORKSPACE_BYTES = 1;
    static final int PREF_REDUCTION_SCHEME_MASK = 3;
    static final int PREF_MIN_ALIGNMENT_A_BYTES = 5;
    static final int PREF_MIN_ALIGNMENT_B_BYTES = 6;
    static final int PREF_MIN_ALIGNMENT_C_BYTES = 7;
    static final int PREF_MIN_ALIGNMENT_D_BYTES = 8;

    /** Partial sums are added in the compute type, in the workspace, in a fixed order. */
    static final int REDUCTION_SCHEME_COMPUTE_TYPE = 2;

    // cublasLtEpilogue_t
    static final int EPILOGUE_DEFAULT = 1;
    static final int EPILOGUE_BIAS = 4;
    static final int EPILOGUE_GELU_AUX = 32 | 128;
    static final int EPILOGUE_GELU_AUX_BIAS = 32 | 128 | 4;

    /** Bytes of a {@code cublasLtMatmulAlgo_t}, which is the first field of a heuristic's result. */
    static final long ALGORITHM_BYTES = 64;
    /** Bytes of a {@code cublasLtMatmulHeuristicResult_t}. */
    static final long HEURISTIC_BYTES = 96;

    private final Loaded library;
    private final MethodHandle create;
    private final MethodHandle destroy;
    private final MethodHandle getVersion;
    private final MethodHandle descCreate;
    private final MethodHandle descDestroy;
    private final MethodHandle descSetAttribute;
    private final MethodHandle layoutCreate;
    private final MethodHandle layoutDestroy;
    private final MethodHandle layoutSetAttribute;
    private final MethodHandle preferenceCreate;
    private final MethodHandle preferenceDestroy;
    private final MethodHandle preferenceSetAttribute;
    private final MethodHandle heuristic;
    private final MethodHandle matmul;

    CublasLt(Loaded library) {
        this.library = library;
        create = handle("cublasLtCreate", ADDRESS);
        destroy = handle("cublasLtDestroy", JAVA_LONG);
        getVersion = handle(FunctionDescriptor.of(JAVA_LONG), "cublasLtGetVersion");
        descCreate = handle("cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT);
        descDestroy = handle("cublasLtMatmulDescDestroy", JAVA_LONG);
        descSetAttribute = handle("cublasLtMatmulDescSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        layoutCreate = handle("cublasLtMatrixLayoutCreate", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        layoutDestroy = handle("cublasLtMatrixLayoutDestroy", JAVA_LONG);
        layoutSetAttribute = handle("cublasLtMatrixLayoutSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        preferenceCreate = handle("cublasLtMatmulPreferenceCreate", ADDRESS);
        preferenceDestroy = handle("cublasLtMatmulPreferenceDestroy", JAVA_LONG);
        preferenceSetAttribute =
                handle("cublasLtMatmulPreferenceSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        heuristic = handle(
                "cublasLtMatmulAlgoGetHeuristic",
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                ADDRESS,
                ADDRESS);
        matmul = handle(
                "cublasLtMatmul",
                JAVA_LONG, // handle
                JAVA_LONG, // description
                ADDRESS, // alpha
                JAVA_LONG, // A
                JAVA_LONG,
                JAVA_LONG, // B
                JAVA_LONG,
                ADDRESS, // beta
                JAVA_LONG, // C
                JAVA_LONG,
                JAVA_LONG, // D
                JAVA_LONG,
                ADDRESS, // algorithm
                JAVA_LONG, // workspace
                JAVA_LONG,
                JAVA_LONG); // stream
    }

    private MethodHandle handle(String name, MemoryLayout... arguments) {
        return handle(FunctionDescriptor.of(JAVA_INT, arguments), name);
    }

    @SuppressWarnings("restricted")
    private MethodHandle handle(FunctionDescriptor type, String name) {
        MemorySegment symbol = library.symbols()
                .find(name)
                .orElseThrow(() -> new IllegalStateException(library.from() + " has no " + name));
        return Linker.nativeLinker().downcallHandle(symbol, type);
    }

    long cublasLtGetVersion() {
        try {
            return (long) getVersion.invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    long cublasLtCreate() {
        return made("cublasLtCreate", at -> (int) create.invokeExact(at));
    }

    void cublasLtDestroy(long handle) {
        done("cublasLtDestroy", () -> (int) destroy.invokeExact(handle));
    }

    long cublasLtMatmulDescCreate(int compute, int scale) {
        return made("cublasLtMatmulDescCreate", at -> (int) descCreate.invokeExact(at, compute, scale));
    }

    void cublasLtMatmulDescDestroy(long description) {
        done("cublasLtMatmulDescDestroy", () -> (int) descDestroy.invokeExact(description));
    }

    void cublasLtMatmulDescSetAttribute(long description, int attribute, MemorySegment value) {
        int status;
        try {
            status = (int) descSetAttribute.invokeExact(description, attribute, value, value.byteSize());
        } catch (Throwable e) {
            throw failed(e);
        }
        BlasErrors.check("cublasLtMatmulDescSetAttribute " + attribute, status);
    }

    long cublasLtMatrixLayoutCreate(int type, long rows, long columns, long lead) {
        return made("cublasLtMatrixLayoutCreate", at -> (int) layoutCreate.invokeExact(at, type, rows, columns, lead));
    }

    void cublasLtMatrixLayoutDestroy(long layout) {
        done("cublasLtMatrixLayoutDestroy", () -> (int) layoutDestroy.invokeExact(layout));
    }

    void cublasLtMatrixLayoutSetAttribute(long layout, int attribute, MemorySegment value) {
        done("cublasLtMatrixLayoutSetAttribute " + attribute, () ->
                (int) layoutSetAttribute.invokeExact(layout, attribute, value, value.byteSize()));
    }

    long cublasLtMatmulPreferenceCreate() {
        return made("cublasLtMatmulPreferenceCreate", at -> (int) preferenceCreate.invokeExact(at));
    }

    void cublasLtMatmulPreferenceDestroy(long preference) {
        done("cublasLtMatmulPreferenceDestroy", () -> (int) preferenceDestroy.invokeExact(preference));
    }

    void cublasLtMatmulPreferenceSetAttribute(long preference, int attribute, MemorySegment value) {
        done("cublasLtMatmulPreferenceSetAttribute " + attribute, () ->
                (int) preferenceSetAttribute.invokeExact(preference, attribute, value, value.byteSize()));
    }

    /**
     * The best algorithm, as the first bytes of {@code result}.
     *
     * @param layouts of A, B, C and D
     * @param result {@link #HEURISTIC_BYTES} of the host
     * @return whether there is one
     */
    boolean cublasLtMatmulAlgoGetHeuristic(
            long handle, long description, long[] layouts, long preference, MemorySegment result) {
        int status;
        int found;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            status = (int) heuristic.invokeExact(
                    handle, description, layouts[0], layouts[1], layouts[2], layouts[3], preference, 1, result, count);
            found = count.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw failed(e);
        }
        if (status == BlasErrors.NOT_SUPPORTED || status == BlasErrors.INVALID_VALUE) {
            return false;
        }
        BlasErrors.check("cublasLtMatmulAlgoGetHeuristic", status);
        return found > 0;
    }

    /**
     * @param layouts of A, B, C and D
     * @param algorithm {@link #ALGORITHM_BYTES} of the host
     */
    void cublasLtMatmul(
            long handle,
            long description,
            MemorySegment alpha,
            long a,
            long b,
            MemorySegment beta,
            long c,
            long d,
            long[] layouts,
            MemorySegment algorithm,
            long workspace,
            long workspaceBytes,
            long stream) {
        int status;
        try {
            status = (int) matmul.invokeExact(
                    handle,
                    description,
                    alpha,
                    a,
                    layouts[0],
                    b,
                    layouts[1],
                    beta,
                    c,
                    layouts[2],
                    d,
                    layouts[3],
                    algorithm,
                    workspace,
                    workspaceBytes,
                    stream);
        } catch (Throwable e) {
            throw failed(e);
        }
        BlasErrors.check("cublasLtMatmul", status);
    }

    private interface Making {
        int call(MemorySegment at) throws Throwable;
    }

    private interface Doing {
        int call() throws Throwable;
    }

    private static long made(String name, Making making) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment at = arena.allocate(JAVA_LONG);
            int status;
            try {
                status = making.call(at);
            } catch (Throwable e) {
                throw failed(e);
            }
            BlasErrors.check(name, status);
            return at.get(JAVA_LONG, 0);
        }
    }

    private static void done(String name, Doing doing) {
        int status;
        try {
            status = doing.call();
        } catch (Throwable e) {
            throw failed(e);
        }
        BlasErrors.check(name, status);
    }

    private static RuntimeException failed(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }
}
