package dev.javelin.engine;

/**
 * Device memory of a compilation, in bytes. The peak is exact: it is what a session allocates.
 *
 * @param parameters of the chunks, and their copies in the type of products
 * @param gradients that outlive a program
 * @param optimizer slots of the optimizer
 * @param averages of the weights
 * @param fragments state of a strategy's fragments
 * @param state that inference programs leave for each other, such as caches of keys and values
 * @param batches and scalars and metrics
 * @param landing where the next micro-batch waits, on a device that copies beside its work; 0 elsewhere
 * @param resident slab of all of these, aligned
 * @param temporaries slab of the program that needs most
 * @param liveTemporaries largest sum of temporaries alive at one time in that program
 */
public record MemoryReport(
        long parameters,
        long gradients,
        long optimizer,
        long averages,
        long fragments,
        long state,
        long batches,
        long landing,
        long resident,
        long temporaries,
        long liveTemporaries) {

    /** All that a session allocates. */
    public long peakBytes() {
        return resident + temporaries;
    }
}
