package dev.javelin.api.tuning;

import dev.javelin.api.JavelinException;

/**
 * What batch to look for. Nothing is tried out: the plan of each candidate says its peak to the byte.
 *
 * <p>Without {@code globalBatch} the batch grows with the options' micro-batches as they are. With it, the batch is given
 * and the fewest micro-batches are looked for that let it fit.
 *
 * @param memoryBytes of one rank's device; 0 for what the accelerator says it has
 * @param form which numbers of rows are looked at
 * @param globalBatch rows of a step, over all ranks and micro-batches, to be reached by accumulation; 0 to find the largest
 * @param mostRows of a micro-batch on one rank; the search ends there
 */
public record BatchSearch(long memoryBytes, Form form, long globalBatch, long mostRows) {
    private static final long MOST_ROWS = 1 << 20;

    /** Which numbers of rows of a rank's micro-batch are looked at. */
    public enum Form {
        POWER_OF_TWO,
        EXACT
    }

    public BatchSearch {
        require(memoryBytes >= 0, memoryBytes + " bytes of memory", "use 1 byte or more, or 0 for the device's");
        require(
                globalBatch >= 0,
                "a global batch of " + globalBatch + " rows",
                "use 1 row or more, or 0 for the largest");
        require(mostRows >= 1, "at most " + mostRows + " rows", "use 1 row or more");
    }

    private static void require(boolean condition, String problem, String remedy) {
        if (!condition) {
            throw new JavelinException("JVL-CFG-0015", "a search for a batch with " + problem, remedy);
        }
    }

    /** The largest power of two that fits what the accelerator says it has. */
    public static BatchSearch standard() {
        return new BatchSearch(0, Form.POWER_OF_TWO, 0, MOST_ROWS);
    }

    /** The largest power of two that fits so many bytes. */
    public static BatchSearch within(long bytes) {
        return standard().withMemoryBytes(bytes);
    }

    public BatchSearch withMemoryBytes(long bytes) {
        return new BatchSearch(bytes, form, globalBatch, mostRows);
    }

    public BatchSearch withForm(Form other) {
        return new BatchSearch(memoryBytes, other, globalBatch, mostRows);
    }

    public BatchSearch withGlobalBatch(long rows) {
        return new BatchSearch(memoryBytes, form, rows, mostRows);
    }

    public BatchSearch withMostRows(long rows) {
        return new BatchSearch(memoryBytes, form, globalBatch, rows);
    }
}
