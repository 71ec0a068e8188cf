package dev.javelin.accelerator.cpu;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import java.util.List;

/**
 * The options of the CPU, as typed values.
 *
 * @param threads that kernels may use; results do not depend on it
 * @param kernels which kernels run
 * @param decompose true to decline every operation that is not a primitive, so that the engine decomposes it
 * @param memoryBytes most bytes that may be allocated at once; {@link Long#MAX_VALUE} for no limit of our own
 */
record CpuOptions(int threads, Kernels kernels, boolean decompose, long memoryBytes) {
    private static final List<String> KEYS = List.of("threads", "kernels", "decompose", "memoryBytes");
    private static final int MOST_THREADS = 1024;

    /** FAST: a fast kernel where one fits, the reference elsewhere; REFERENCE: the reference for everything. */
    enum Kernels {
        FAST,
        REFERENCE
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
                kernels(options),
                options.flag("decompose", false),
                options.integer("memoryBytes", Long.MAX_VALUE, 0, Long.MAX_VALUE));
    }

    private static Kernels kernels(Options options) {
        String text = options.text("kernels", "fast");
        return switch (text) {
            case "fast" -> Kernels.FAST;
            case "reference" -> Kernels.REFERENCE;
            default ->
                throw new JavelinException(
                        "JVL-CFG-0008", options.owner() + ".kernels is '" + text + "'", "use fast or reference");
        };
    }
}
