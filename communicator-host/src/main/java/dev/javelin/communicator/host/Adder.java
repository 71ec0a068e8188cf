package dev.javelin.communicator.host;

/**
 * Sums of two, three and four arrays of one element type, by address. The target may be one of the sources; other ranges
 * do not overlap.
 */
interface Adder {

    /** How many arrays it adds at once: 2, or 4. */
    default int most() {
        return 4;
    }

    /** {@code target[i] = a[i] + b[i]}. */
    void two(long a, long b, long target, long elements);

    /** {@code target[i] = (a[i] + b[i]) + c[i]}. */
    default void three(long a, long b, long c, long target, long elements) {
        throw new IllegalStateException("adds two at once");
    }

    /** {@code target[i] = (a[i] + b[i]) + (c[i] + d[i])}. */
    default void four(long a, long b, long c, long d, long target, long elements) {
        throw new IllegalStateException("adds two at once");
    }
}
