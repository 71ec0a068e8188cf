package dev.javelin.tck.communicator;

import java.time.Duration;
import java.util.List;

/**
 * How much the checks look at.
 *
 * @param full whether a certificate may rest on it
 * @param worlds numbers of ranks, where the kit can choose them
 * @param lengths of buffers, in bytes; sums take as many elements up to 1024, and elements of as many bytes beyond
 * @param calls of the checks with many small calls
 * @param largeBytes of the checks with a large buffer
 * @param rounds of the checks that open and close again and again
 * @param holdMillis for which a rank is late where others must wait for it
 * @param patienceMillis within which must end what has no reason to wait
 * @param deadline of the check of one rule
 */
public record Extent(
        boolean full,
        List<Integer> worlds,
        List<Long> lengths,
        int calls,
        long largeBytes,
        int rounds,
        long holdMillis,
        long patienceMillis,
        Duration deadline) {
    public Extent {
        worlds = List.copyOf(worlds);
        lengths = List.copyOf(lengths);
    }

    /** What a certificate takes: about half a minute on two cores. */
    public static Extent certificate() {
        return new Extent(
                true,
                List.of(1, 2, 3, 4, 5, 8),
                List.of(0L, 1L, 3L, 7L, 1024L, (1L << 20) + 1),
                2_000,
                8L << 20,
                8,
                1_300,
                5_000,
                Duration.ofSeconds(90));
    }

    /** A few seconds, for the loop of development: no certificate. */
    public static Extent quick() {
        return new Extent(
                false,
                List.of(1, 2, 3, 5),
                List.of(0L, 1L, 3L, 7L, 129L),
                60,
                100_001,
                3,
                900,
                3_000,
                Duration.ofSeconds(20));
    }

    /** With worlds of these numbers of ranks. */
    public Extent withWorlds(List<Integer> sizes) {
        return new Extent(full, sizes, lengths, calls, largeBytes, rounds, holdMillis, patienceMillis, deadline);
    }
}
