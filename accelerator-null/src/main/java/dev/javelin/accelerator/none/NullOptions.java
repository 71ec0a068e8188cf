package dev.javelin.accelerator.none;

import dev.javelin.spi.Options;
import java.util.List;

/**
 * The device to imagine.
 *
 * @param memoryBytes of device memory; {@link Long#MAX_VALUE} for no limit
 * @param flopsPerSecond of matrix products
 * @param bytesPerSecond of device memory
 */
record NullOptions(long memoryBytes, long flopsPerSecond, long bytesPerSecond) {
    private static final List<String> KEYS = List.of("memoryBytes", "flopsPerSecond", "bytesPerSecond");
    private static final long FLOPS_PER_SECOND = 100_000_000_000_000L;
    private static final long BYTES_PER_SECOND = 1_000_000_000_000L;

    /**
     * Reads and checks.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-CFG-0008} for a bad value, {@code JVL-CFG-0009} for an unknown
     *     key
     */
    static NullOptions of(Options options) {
        options.requireKnown(KEYS);
        return new NullOptions(
                options.integer("memoryBytes", Long.MAX_VALUE, 0, Long.MAX_VALUE),
                options.integer("flopsPerSecond", FLOPS_PER_SECOND, 1, Long.MAX_VALUE),
                options.integer("bytesPerSecond", BYTES_PER_SECOND, 1, Long.MAX_VALUE));
    }
}
