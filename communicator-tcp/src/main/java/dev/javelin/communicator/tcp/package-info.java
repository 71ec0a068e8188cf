/**
 * The communicator {@code tcp}: ranks on any hosts, each connected to each by the engine's authenticated connections.
 *
 * <p>Reading order: {@link dev.javelin.communicator.tcp.TcpProvider};
 * {@link dev.javelin.communicator.tcp.TcpCommunicator}, which says of each call what goes to and comes from whom;
 * {@link dev.javelin.communicator.tcp.Exchange}, the one loop that moves it; {@link dev.javelin.communicator.tcp.Link}, a
 * connection; {@link dev.javelin.communicator.tcp.Reduction}, the sum while its parts come in.
 *
 * <p>Data flow: a call sends a {@link dev.javelin.communicator.tcp.Header} to each rank of the group and compares theirs
 * with its own: a difference is a disagreement on all ranks, before a byte is taken for another's. Bytes go between the
 * sockets and the caller's memory without copies, but for the parts of a sum: they come into rings of a few segments,
 * which are added as soon as all ranks' are there and go out again while later ones come in. The channels never block and
 * all peers get on at once, so that no order of sends and receives can hang: what comes unasked while a rank sends or
 * receives is kept in a parcel.
 *
 * <p>Groups made by {@code split} take turns on the same connections, which is sound because each rank makes its calls one
 * after the other; so aborting one of them ends all.
 *
 * <p>Waiting: a few turns, then asleep in a selector; ten times a second the engine is asked whether there is still
 * something to wait for. A connection that ends is reported a moment later, if by then the engine has not named the rank
 * that failed. Errors of its own: {@code JVL-COM-0101} a connection was lost, {@code 0102} no native access.
 *
 * <p>Threads: a call runs on the thread of its queue; nothing runs in the background.
 */
@NullMarked
package dev.javelin.communicator.tcp;

import org.jspecify.annotations.NullMarked;
