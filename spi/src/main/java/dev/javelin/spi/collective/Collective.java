package dev.javelin.spi.collective;

import dev.javelin.api.Operation;

/**
 * An instruction in which the ranks of a group take part together. Run by the engine through the communicator, in the
 * same order on all ranks; over a group of one rank it computes nothing. It has no gradient: it is written after
 * differentiation.
 */
public interface Collective extends Operation {

    /** Who takes part. */
    Group group();
}
