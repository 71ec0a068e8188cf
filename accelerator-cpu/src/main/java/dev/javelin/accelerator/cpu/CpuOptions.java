package dev.javelin.accelerator.cpu;

import dev.javelin.accelerator.cpu.blas.OpenBlasFiles;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import java.nio.file.Path;
import java.util.List;

/**
 * The options of the CPU, as typed values.
 *
 * @param threads that kernels may use; results do not depend on it
 * @param kernels which kernels run
 * @param blas what fast kernels take matrix products from
 * @param cacheFolder where OpenBLAS, which travels in this module, is unpacked once
 * @param decompose true to decline every operation that is not a primitive, so that the engine decomposes it
 * @param memoryBytes most bytes that may be allocated at once; {@link Long#MAX_VALUE} for no limit of our own
 */
record CpuOptions(int threads, Kernels kernels, Blas blas, Path cacheFolder, boolean decompose, long memoryBytes) {
    private static final List<String> KEYS =
            List.of("threads", "kernels", "blas", "cacheFolder", "decompose", "memoryBytes");
    private static final int MOST_THREADS = 1024;

    /** FAST: a fast kernel where one fits, the reference elsewhere; REFERENCE: the reference for everything. */
    enum Kernels {
        FAST,
        REFERENCE
    }

    /** OPENBLAS: the bundled library; JAVA: our own products on the Vector API. */
    enum Blas {
        OPENBLAS,
        JAVA
    }

    /**
     * Reads and checks.
     *
     * @throws JavelinException {@code JVL-CFG-0008} for a bad value, {@code JVL-CFG-0009} for an unknown key
     */
    static CpuOptions of(Options options) {
        options.requireKnown(KEYS);
        int processors = Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS);
        return new CpuOptions(
                (int) options.integer("threads", processors, 1, MOST_THREADS),
                options.choice("kernels", Kernels.FAST),
                options.choice("blas", OpenBlasFiles.bundled() ? Blas.OPENBLAS : Blas.JAVA),
                Path.of(options.text(
                        "cacheFolder", OpenBlasFiles.defaultCacheFolder().toString())),
                options.flag("decompose", false),
                options.integer("memoryBytes", Long.MAX_VALUE, 0, Long.MAX_VALUE));
    }
}
