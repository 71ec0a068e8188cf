/**
 * The rules for communicators. {@link dev.javelin.tck.communicator.CommunicatorChapter} lists them;
 * {@link dev.javelin.tck.communicator.CommunicatorSubject} is what they are checked against.
 *
 * <p>A check is a part for each rank: a function of a workbench, which gives the rank its seat, its device, guarded
 * buffers and a way to compare notes with the other ranks beside the communicator. So ranks may be threads
 * ({@link dev.javelin.tck.communicator.ThreadRanks}) or processes ({@link dev.javelin.tck.communicator.ProcessRanks}).
 * The seat that a communicator gets keeps account of its waits and can end them. Contents of buffers are a function of
 * seed, rank and place, and sums are computed once more by a scalar tree.
 *
 * <p>Threads: each rank is a thread; a rank that hangs is left behind, and the rule fails with its place.
 */
@NullMarked
package dev.javelin.tck.communicator;

import org.jspecify.annotations.NullMarked;
