/**
 * The threads that kernels run on.
 *
 * <p>A kernel cuts its work into <em>tiles</em> by the shape of its operands alone and hands them to {@link
 * dev.javelin.accelerator.cpu.threads.Workers#run}; the workers take the tiles in turn. Which thread runs which tile
 * changes from run to run, what a tile computes never does: so results have the same bits for any number of threads.
 *
 * <p>Thread rule: one thread at a time calls {@code run}; it takes part in the work as worker 0 and returns when all
 * tiles are done, with everything the tiles wrote visible to it.
 */
@NullMarked
package dev.javelin.accelerator.cpu.threads;

import org.jspecify.annotations.NullMarked;
