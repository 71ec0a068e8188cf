package dev.javelin.accelerator.cpu.blas;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.NoSuchElementException;

/**
 * The functions of libopenblas that we call, under their own names, through java.lang.foreign.
 *
 * <p>The library stays loaded for the life of the JVM. It is set to one thread: its own threads, called from several
 * threads at once, slow each other down and spin on cores that our workers need.
 *
 * <p>Source: cblas.h of OpenBLAS 0.3.31 (LP64 interface: {@code blasint} is a 32-bit int).
 */
@SuppressWarnings("restricted")
public final class OpenBlas {

    public static final int CblasRowMajor = 101;
    public static final int CblasNoTrans = 111;
    public static final int CblasTrans = 112;

    private final MethodHandle cblasSgemm;
    private final MethodHandle cblasDgemm;
    private final MethodHandle openblasSetNumThreads;
    private final MethodHandle openblasGetNumThreads;
    private final MethodHandle openblasGetConfig;
    private final MethodHandle openblasGetCorename;

    private OpenBlas(SymbolLookup library) {
        ValueLayout.OfInt i = ValueLayout.JAVA_INT;
        ValueLayout.OfLong p = ValueLayout.JAVA_LONG; // a pointer travels as the raw address it is
        ValueLayout.OfFloat s = ValueLayout.JAVA_FLOAT;
        ValueLayout.OfDouble d = ValueLayout.JAVA_DOUBLE;
        cblasSgemm = bind(library, "cblas_sgemm", FunctionDescriptor.ofVoid(i, i, i, i, i, i, s, p, i, p, i, s, p, i));
        cblasDgemm = bind(library, "cblas_dgemm", FunctionDescriptor.ofVoid(i, i, i, i, i, i, d, p, i, p, i, d, p, i));
        openblasSetNumThreads = bind(library, "openblas_set_num_threads", FunctionDescriptor.ofVoid(i));
        openblasGetNumThreads = bind(library, "openblas_get_num_threads", FunctionDescriptor.of(i));
        openblasGetConfig = bind(library, "openblas_get_config", FunctionDescriptor.of(ValueLayout.ADDRESS));
        openblasGetCorename = bind(library, "openblas_get_corename", FunctionDescriptor.of(ValueLayout.ADDRESS));
    }

    /**
     * Loads libopenblas.so.0 and the libraries beside it from a folder and sets it to one thread.
     *
     * @param folder holds the files of {@link OpenBlasFiles}
     * @throws OpenBlasUnavailable with the reason
     */
    public static OpenBlas load(Path folder) {
        SymbolLookup library;
        try {
            for (String dependency : OpenBlasFiles.DEPENDENCIES) {
                SymbolLookup.libraryLookup(folder.resolve(dependency), Arena.global());
            }
            library = SymbolLookup.libraryLookup(folder.resolve(OpenBlasFiles.LIBRARY), Arena.global());
        } catch (IllegalArgumentException e) {
            throw new OpenBlasUnavailable(
                    "JVL-CPU-0103",
                    "openblas: the libraries in " + folder + " don't load: " + e.getMessage(),
                    "check that the folder is not mounted noexec and that glibc is 2.17 or later",
                    e);
        } catch (IllegalCallerException e) {
            throw new OpenBlasUnavailable(
                    "JVL-CPU-0104",
                    "openblas: native access is not granted to the module dev.javelin.accelerator.cpu",
                    "start the JVM with --enable-native-access=dev.javelin.accelerator.cpu, which ./javelin java-args"
                            + " prints with all other flags",
                    e);
        }
        try {
            OpenBlas openblas = new OpenBlas(library);
            openblas.openblas_set_num_threads(1);
            return openblas;
        } catch (NoSuchElementException e) {
            throw new OpenBlasUnavailable(
                    "JVL-CPU-0105",
                    "openblas: " + folder.resolve(OpenBlasFiles.LIBRARY) + " lacks the function " + e.getMessage(),
                    "use the files of org.bytedeco:openblas " + OpenBlasFiles.VERSION,
                    e);
        }
    }

    private static MethodHandle bind(SymbolLookup library, String name, FunctionDescriptor type) {
        MemorySegment symbol = library.find(name).orElseThrow(() -> new NoSuchElementException(name));
        return Linker.nativeLinker().downcallHandle(symbol, type);
    }

    /** void cblas_sgemm(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) */
    public void cblas_sgemm(
            int order,
            int transA,
            int transB,
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
        try {
            cblasSgemm.invokeExact(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        } catch (Throwable e) {
            throw failed("cblas_sgemm", e);
        }
    }

    /** void cblas_dgemm(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) */
    public void cblas_dgemm(
            int order,
            int transA,
            int transB,
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
        try {
            cblasDgemm.invokeExact(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        } catch (Throwable e) {
            throw failed("cblas_dgemm", e);
        }
    }

    /** void openblas_set_num_threads(int): process-wide. Only for measuring the library's own threads. */
    public void openblas_set_num_threads(int threads) {
        try {
            openblasSetNumThreads.invokeExact(threads);
        } catch (Throwable e) {
            throw failed("openblas_set_num_threads", e);
        }
    }

    /** int openblas_get_num_threads(void) */
    public int openblas_get_num_threads() {
        try {
            return (int) openblasGetNumThreads.invokeExact();
        } catch (Throwable e) {
            throw failed("openblas_get_num_threads", e);
        }
    }

    /** char* openblas_get_config(void): version and build options */
    public String openblas_get_config() {
        try {
            return text((MemorySegment) openblasGetConfig.invokeExact());
        } catch (Throwable e) {
            throw failed("openblas_get_config", e);
        }
    }

    /** char* openblas_get_corename(void): the kernel family chosen for this CPU */
    public String openblas_get_corename() {
        try {
            return text((MemorySegment) openblasGetCorename.invokeExact());
        } catch (Throwable e) {
            throw failed("openblas_get_corename", e);
        }
    }

    private static String text(MemorySegment chars) {
        return chars.reinterpret(4096).getString(0).strip();
    }

    /** A downcall of a void function throws nothing by itself: what arrives here is an error of the JVM. */
    private static IllegalStateException failed(String function, Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(function + " failed in the JVM's linker", cause);
    }
}
