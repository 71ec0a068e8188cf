/**
 * What communicators on host memory share.
 *
 * <p>Reading order: {@link dev.javelin.communicator.host.TreeSum}, the sum over ranks;
 * {@link dev.javelin.communicator.host.ScalarTree}, the same in the plainest words, the oracle of its tests;
 * {@link dev.javelin.communicator.host.Shares}, who sums what; {@link dev.javelin.communicator.host.HostMemory}, memory
 * by address. The {@code Adder}s are the loops of one element type each.
 *
 * <p>Data flow: a rank collects the addresses of all ranks' buffers (its own, shared or received), in the order of ranks,
 * and sums its share of the elements into a target, which may be one of them.
 *
 * <p>Threads: a {@code TreeSum} has scratch memory and serves one thread at a time; all else is without state. Memory is
 * raw: nobody checks bounds here, and an address that is not ours ends the process.
 */
@NullMarked
package dev.javelin.communicator.host;

import org.jspecify.annotations.NullMarked;
