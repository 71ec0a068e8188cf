/**
 * Collectives as operations: what lowering derives from a plan and what a strategy's fragments may write. Each names the
 * {@link dev.javelin.spi.collective.Group} of ranks that takes part; the engine runs them through a communicator.
 */
@NullMarked
package dev.javelin.spi.collective;

import org.jspecify.annotations.NullMarked;
