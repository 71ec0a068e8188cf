package dev.javelin.tck.accelerator;

import java.time.Duration;

/**
 * How much the checks look at.
 *
 * @param full whether a certificate may rest on it
 * @param shapes how many shapes of every operation are tried, of those that the kit knows; the first are the telling ones
 * @param largeElements of the tensors that need several blocks of a device's threads; 0 for none
 * @param largeBytes of the checks with a large buffer
 * @param allocations of the checks with many small buffers
 * @param rounds of the checks that do the same again and again
 * @param tasks of the checks with many small pieces of work
 * @param patienceMillis within which must end what has no reason to wait
 * @param deadline of the check of one rule
 */
public record Extent(
        boolean full,
        int shapes,
        long largeElements,
        long largeBytes,
        int allocations,
        int rounds,
        int tasks,
        long patienceMillis,
        Duration deadline) {

    /** Fewer shapes, and no large ones: for rules that try every operation several times. */
    Extent telling() {
        return new Extent(
                full,
                Math.min(shapes, 3),
                Math.min(largeElements, 2_500),
                largeBytes,
                allocations,
                rounds,
                tasks,
                patienceMillis,
                deadline);
    }

    /** What a certificate takes: a few minutes on two cores, less on a device that is as fast as it should be. */
    public static Extent certificate() {
        return new Extent(true, 100, 70_001, 64L << 20, 1_000, 40, 5_000, 10_000, Duration.ofSeconds(300));
    }

    /** Some seconds, for the loop of development and for devices that are emulated: no certificate. */
    public static Extent quick() {
        return new Extent(false, 6, 2_500, 3L << 20, 100, 8, 300, 5_000, Duration.ofSeconds(60));
    }
}
