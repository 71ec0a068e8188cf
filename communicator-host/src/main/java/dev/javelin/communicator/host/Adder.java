package dev.javelin.communicator.host;

/**
 * Sums of two, three and four arrays of one element type, by address. The target may be one of the sources; other ranges
 * do not overlap.
 */
interface Adder {

    /** {@code target[i] = a[i] + b[i]}. */
    void two(long a, long b, long target, long elements);

    /** {@code target[i] = (a[i] + b[i]) + c[i]}. */
    void three(long a, long b, long c, long target, long elements);

    /** {@code target[i] = (a[i] + b[i]) + (c[i] + d[i])}. */
    void four(long a, long b, long c, long d, long target, long elements);
}
