/**
 * Communicators. A {@link dev.javelin.spi.communicator.CommunicatorProvider} says what it can do and lets a rank join;
 * the {@link dev.javelin.spi.communicator.Communicator} moves and adds flat buffers between the ranks of a group.
 *
 * <p>Reading order: {@link dev.javelin.spi.communicator.Communicator},
 * {@link dev.javelin.spi.communicator.Seat}, {@link dev.javelin.spi.communicator.Abilities}.
 *
 * <p>Data flow: the engine gives every rank a seat; {@code join} lets the ranks find each other through it (shared
 * objects for threads, put and get, authenticated connections); then each collective of a program is one call on the
 * communication queue. Who is dead, stalled or in disagreement is for the engine to say: a communicator that waits asks
 * {@link dev.javelin.spi.communicator.Seat#waiting} again and again, and carries a ticket with each call that all ranks
 * must share.
 *
 * <p>Ownership: a communicator owns what it opened and the memory it allocated through an accelerator is the caller's to
 * close. Threads: one at a time for each rank, but for {@code abort}.
 */
@NullMarked
package dev.javelin.spi.communicator;

import org.jspecify.annotations.NullMarked;
