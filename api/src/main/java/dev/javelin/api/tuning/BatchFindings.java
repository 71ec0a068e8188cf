package dev.javelin.api.tuning;

import java.util.Comparator;
import java.util.List;

/**
 * What a search for a batch found.
 *
 * @param limitBytes of one rank's device
 * @param candidates all that were compiled, by rows; those of one number of rows by micro-batches
 * @param best the largest that fits, or with a given batch the one with the fewest micro-batches
 * @param limited false if the search ended at its largest number of rows, which fits
 */
public record BatchFindings(long limitBytes, List<Candidate> candidates, Candidate best, boolean limited) {
    public BatchFindings {
        candidates = candidates.stream()
                .sorted(Comparator.comparingLong(Candidate::rows).thenComparingInt(Candidate::accumulation))
                .toList();
    }

    /**
     * One batch with its plan.
     *
     * @param batch rows of a step, over all ranks and micro-batches
     * @param accumulation micro-batches
     * @param rows of a micro-batch on the rank that has most
     * @param peakBytes of that rank's device, to the byte
     */
    public record Candidate(long batch, int accumulation, long rows, long peakBytes, boolean fits) {}
}
