package dev.javelin.spi.strategy;

import dev.javelin.api.Tensor;
import dev.javelin.spi.collective.Group;

/**
 * A traced fragment behind the update of a chunk's parameters, for example their mean over replicas that have gone
 * apart. Immutable; equal on all ranks.
 */
public interface Synchronizer {

    /** Name for programs and reports. */
    String name();

    /**
     * Writes the synchronization of a chunk.
     *
     * @return the new values, of the type of the old ones
     */
    Tensor synchronize(Site site);

    /** Where a fragment is written. */
    interface Site {

        /** Unit and optimizer group. */
        String chunk();

        /** The replicas. */
        Group group();

        /**
         * This rank's updated parameters: {@code [E]}, gaps and padding included, or one of them in its own shape where
         * the optimizer updates parameters one by one.
         */
        Tensor values();
    }
}
