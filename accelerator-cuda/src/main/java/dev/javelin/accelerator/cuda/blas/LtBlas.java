package dev.javelin.accelerator.cuda.blas;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.javelin.accelerator.cuda.driver.Libraries;
import dev.javelin.accelerator.cuda.driver.Libraries.Loaded;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Products by cuBLASLt, of CUDA 12 or 13. The library's heuristic chooses an algorithm when a product is prepared: one for
 * addresses at multiples of 16 bytes, one for any. Partial sums are added in the compute type. What it does not have at all
 * is asked of plain cuBLAS.
 */
public final class LtBlas implements Blas {
    private static final int WIDE_ALIGNMENT = 16;

    private final CublasLt lt;
    private final Libraries libraries;
    private final boolean tf32;
    private final long handle;
    private final String text;
    private final Arena arena = Arena.ofShared();
    private final Scales scales = new Scales();
    private final Map<Key, Optional<ReadyProduct>> prepared = new HashMap<>();
    private final List<Runnable> made = new ArrayList<>();
    private @Nullable CublasBlas plain;

    private record Key(Gemm gemm, long workspaceBytes) {}

    private LtBlas(Loaded loaded, Libraries libraries, boolean tf32) {
        this.lt = new CublasLt(loaded);
        this.libraries = libraries;
        this.tf32 = tf32;
        this.handle = lt.cublasLtCreate();
        long version = lt.cublasLtGetVersion();
        this.text = "cuBLASLt " + version / 10_000 + "." + version / 100 % 100 + "." + version % 100 + " from "
                + loaded.from();
    }

    /**
     * Opens the library in the calling thread's context.
     *
     * @param tf32 whether operands of FLOAT32 products are rounded to TF32
     * @throws dev.javelin.api.JavelinException {@code JVL-CUD-0014} if it is not found
     */
    public static LtBlas open(Libraries libraries, boolean tf32) {
        return new LtBlas(BlasLibraries.requireLt(libraries), libraries, tf32);
    }

    @Override
    public synchronized Optional<ReadyProduct> prepare(Gemm gemm, long workspaceBytes) {
        Key key = new Key(gemm, workspaceBytes);
        Optional<ReadyProduct> known = prepared.get(key);
        if (known == null) {
            known = choose(gemm, workspaceBytes);
            prepared.put(key, known);
        }
        return known;
    }

    private Optional<ReadyProduct> choose(Gemm gemm, long workspaceBytes) {
        Product wide = product(gemm, workspaceBytes, WIDE_ALIGNMENT);
        Product any = product(gemm, workspaceBytes, gemm.operands().bytes());
        if (wide != null && any != null) {
            return Optional.of((stream, a, b, c, d, bias, aux, workspace) -> {
                boolean aligned = ((a | b | c | d | bias | aux) & (WIDE_ALIGNMENT - 1)) == 0;
                (aligned ? wide : any).enqueue(stream.handle(), a, b, c, d, bias, aux, workspace);
            });
        }
        return plain().prepare(gemm, workspaceBytes);
    }

    private CublasBlas plain() {
        CublasBlas opened = plain;
        if (opened == null) {
            opened = CublasBlas.open(libraries, tf32);
            plain = opened;
        }
        return opened;
    }

    /** A product whose addresses are multiples of so many bytes; null if there is none. */
    private @Nullable Product product(Gemm gemm, long workspaceBytes, int alignment) {
        if (gemm.epilogue().gelu() && gemm.m() % 8 != 0) {
            return null; // the library wants that of the auxiliary matrix
        }
        long description = description(gemm, alignment);
        long[] layouts = {
            layout(gemm.operands(), gemm.rowsA(), gemm.columnsA(), gemm.lda(), gemm, gemm.strideA()),
            layout(gemm.operands(), gemm.rowsB(), gemm.columnsB(), gemm.ldb(), gemm, gemm.strideB()),
            layout(gemm.results(), gemm.m(), gemm.n(), gemm.ldd(), gemm, gemm.strideD()),
            layout(gemm.results(), gemm.m(), gemm.n(), gemm.ldd(), gemm, gemm.strideD())
        };
        MemorySegment result = arena.allocate(CublasLt.HEURISTIC_BYTES, 8);
        long preference = preference(workspaceBytes, alignment);
        try {
            if (!lt.cublasLtMatmulAlgoGetHeuristic(handle, description, layouts, preference, result)) {
                return null;
            }
        } finally {
            lt.cublasLtMatmulPreferenceDestroy(preference);
        }
        return new Product(gemm, description, layouts, result.asSlice(0, CublasLt.ALGORITHM_BYTES), workspaceBytes);
    }

    private long description(Gemm gemm, int alignment) {
        long description =
                lt.cublasLtMatmulDescCreate(BlasTypes.compute(gemm.operands(), tf32), BlasTypes.scale(gemm.operands()));
        made.add(() -> lt.cublasLtMatmulDescDestroy(description));
        set(description, CublasLt.DESC_TRANSA, gemm.transposeA() ? 1 : 0);
        set(description, CublasLt.DESC_TRANSB, gemm.transposeB() ? 1 : 0);
        int epilogue = switch (gemm.epilogue()) {
            case NONE -> CublasLt.EPILOGUE_DEFAULT;
            case BIAS -> CublasLt.EPILOGUE_BIAS;
            case GELU -> CublasLt.EPILOGUE_GELU_AUX;
            case GELU_BIAS -> CublasLt.EPILOGUE_GELU_AUX_BIAS;
        };
        set(description, CublasLt.DESC_EPILOGUE, epilogue);
        // The heuristic looks at the alignment of pointers, too; where they point to is told at each launch.
        if (gemm.epilogue().bias()) {
            set(description, CublasLt.DESC_BIAS_DATA_TYPE, BlasTypes.data(gemm.operands()));
            set(description, CublasLt.DESC_BIAS_POINTER, (long) alignment);
        }
        if (gemm.epilogue().gelu()) {
            set(description, CublasLt.DESC_EPILOGUE_AUX_POINTER, (long) alignment);
            set(description, CublasLt.DESC_EPILOGUE_AUX_LD, gemm.ldd());
            set(description, CublasLt.DESC_EPILOGUE_AUX_BATCH_STRIDE, gemm.strideD());
        }
        return description;
    }

    private void set(long description, int attribute, int value) {
        try (Arena one = Arena.ofConfined()) {
            lt.cublasLtMatmulDescSetAttribute(description, attribute, one.allocateFrom(JAVA_INT, value));
        }
    }

    private void set(long description, int attribute, long value) {
        try (Arena one = Arena.ofConfined()) {
            lt.cublasLtMatmulDescSetAttribute(description, attribute, one.allocateFrom(JAVA_LONG, value));
        }
    }

    private long layout(dev.javelin.api.DType dtype, long rows, long columns, long lead, Gemm gemm, long stride) {
        long layout = lt.cublasLtMatrixLayoutCreate(BlasTypes.data(dtype), rows, columns, lead);
        made.add(() -> lt.cublasLtMatrixLayoutDestroy(layout));
        if (gemm.batches() > 1) {
            try (Arena one = Arena.ofConfined()) {
                int batches = Math.toIntExact(gemm.batches());
                lt.cublasLtMatrixLayoutSetAttribute(
                        layout, CublasLt.LAYOUT_BATCH_COUNT, one.allocateFrom(JAVA_INT, batches));
                lt.cublasLtMatrixLayoutSetAttribute(
                        layout, CublasLt.LAYOUT_STRIDED_BATCH_OFFSET, one.allocateFrom(JAVA_LONG, stride));
            }
        }
        return layout;
    }

    private long preference(long workspaceBytes, int alignment) {
        long preference = lt.cublasLtMatmulPreferenceCreate();
        try (Arena one = Arena.ofConfined()) {
            lt.cublasLtMatmulPreferenceSetAttribute(
                    preference, CublasLt.PREF_MAX_WORKSPACE_BYTES, one.allocateFrom(JAVA_LONG, workspaceBytes));
            lt.cublasLtMatmulPreferenceSetAttribute(
                    preference,
                    CublasLt.PREF_REDUCTION_SCHEME_MASK,
                    one.allocateFrom(JAVA_INT, CublasLt.REDUCTION_SCHEME_COMPUTE_TYPE));
            for (int operand : new int[] {
                CublasLt.PREF_MIN_ALIGNMENT_A_BYTES,
                CublasLt.PREF_MIN_ALIGNMENT_B_BYTES,
                CublasLt.PREF_MIN_ALIGNMENT_C_BYTES,
                CublasLt.PREF_MIN_ALIGNMENT_D_BYTES
            }) {
                lt.cublasLtMatmulPreferenceSetAttribute(preference, operand, one.allocateFrom(JAVA_INT, alignment));
            }
        }
        return preference;
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public synchronized void close() {
        made.forEach(Runnable::run);
        if (plain != null) {
            plain.close();
        }
        lt.cublasLtDestroy(handle);
        scales.close();
        arena.close();
    }

    /** A product with its descriptors and its algorithm. */
    private final class Product {
        private final Gemm gemm;
        private final long description;
        private final long[] layouts;
        private final MemorySegment algorithm;
        private final long workspaceBytes;
        private final MemorySegment alpha;
        private final MemorySegment beta;
        private final MemorySegment pointer = arena.allocate(JAVA_LONG);

        Product(Gemm gemm, long description, long[] layouts, MemorySegment algorithm, long workspaceBytes) {
            this.gemm = gemm;
            this.description = description;
            this.layouts = layouts;
            this.algorithm = algorithm;
            this.workspaceBytes = workspaceBytes;
            this.alpha = scales.one(gemm.operands());
            this.beta = scales.beta(gemm);
        }

        synchronized void enqueue(long stream, long a, long b, long c, long d, long bias, long aux, long workspace) {
            if (gemm.epilogue().bias()) {
                pointer.set(JAVA_LONG, 0, bias);
                lt.cublasLtMatmulDescSetAttribute(description, CublasLt.DESC_BIAS_POINTER, pointer);
            }
            if (gemm.epilogue().gelu()) {
                pointer.set(JAVA_LONG, 0, aux);
                lt.cublasLtMatmulDescSetAttribute(description, CublasLt.DESC_EPILOGUE_AUX_POINTER, pointer);
            }
            long added = gemm.addend() == Gemm.Addend.NONE ? d : c;
            lt.cublasLtMatmul(
                    handle,
                    description,
                    alpha,
                    a,
                    b,
                    beta,
                    added,
                    d,
                    layouts,
                    algorithm,
                    workspace,
                    workspaceBytes,
                    stream);
        }
    }
}
