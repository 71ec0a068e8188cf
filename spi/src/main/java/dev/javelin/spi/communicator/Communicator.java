package dev.javelin.spi.communicator;

import dev.javelin.api.DType;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import java.util.Optional;

/**
 * A group of ranks that exchange flat buffers of device memory. Every rank of the group makes the same calls in the same
 * order; a call is work on its {@link Call#queue queue}, like a kernel's launch, and its buffers must stay unchanged
 * until the queue has passed it.
 *
 * <p>Sizes may be zero and need not be divisible by the number of ranks. Buffers may lie anywhere in memory of the
 * group's accelerators; those in memory from {@link #allocate} are reached without staging.
 *
 * <p>Sums follow the balanced binary tree over the rank index (neighbours first, an odd one carried up), element by
 * element, in the element's own type, so that they depend neither on the cutting nor on the transport; a communicator
 * that cannot says so in {@link Abilities#treeSums}. All ranks get the same bits.
 *
 * <p>Errors: {@code JVL-COM-0001} for arguments that cannot be, {@code JVL-COM-0002} if the ranks' calls disagree (an
 * {@link Disagreement} that names who did what), {@code JVL-COM-0003} if the group was aborted or closed. A call that
 * waits calls {@link Seat#waiting} at least four times a second and ends with what that throws: nothing here waits
 * for ever. They are thrown by the call or, where the queue runs beside the caller, by its {@code synchronize} or by the
 * {@code await} of an event behind the call. After an error the group is of no more use.
 *
 * <p>Threads: calls of one rank come from one thread at a time, {@link #abort} from any thread.
 *
 * <p>Source of the set of operations: MPI 4.0, chapters 3 and 6; NCCL's names.
 */
public interface Communicator extends AutoCloseable {

    /** This rank's place in the group, from 0. */
    int rank();

    /** Number of ranks in the group. */
    int size();

    /**
     * What goes with every call.
     *
     * @param queue runs the call in its order
     * @param ticket a number on which the ranks must agree, or they are not doing the same thing: see
     *     {@link Disagreement}
     */
    record Call(dev.javelin.spi.device.DeviceQueue queue, long ticket) {}

    /**
     * Every rank's shard, in the order of ranks, on every rank.
     *
     * @param shard {@code [bytes]}; may lie at its place in {@code full} already
     * @param full {@code [size * bytes]}
     */
    void allGather(Call call, long shard, long full, long bytes);

    /**
     * The sum of the ranks' buffers, each rank getting its shard of it.
     *
     * @param full {@code [size * elements]}; its contents are undefined afterwards
     * @param shard {@code [elements]}; may lie at its place in {@code full}
     */
    void reduceScatter(Call call, long full, long shard, long elements, DType dtype);

    /** The sum of the ranks' buffers {@code [elements]} in place of each of them. */
    void allReduce(Call call, long buffer, long elements, DType dtype);

    /**
     * Part {@code i} of each rank's source to rank {@code i}: there it is part {@code rank} of the target.
     *
     * @param source {@code [size * bytes]}
     * @param target {@code [size * bytes]}, apart from the source
     */
    void allToAll(Call call, long source, long target, long bytes);

    /** The buffer {@code [bytes]} of rank {@code root} in place of everybody's. */
    void broadcast(Call call, long buffer, long bytes, int root);

    /** Gives {@code [bytes]} to a peer that receives as many. Sends to one peer keep their order; may wait for it. */
    void send(Call call, long buffer, long bytes, int peer);

    /** Takes {@code [bytes]} from a peer that sends as many. */
    void recv(Call call, long buffer, long bytes, int peer);

    /** Passed when every rank has come to it. */
    void barrier(Call call);

    /**
     * Groups of the ranks with equal colors, ordered by key and then by rank. All ranks call it; waits for all.
     *
     * @param color from 0; negative to be in no group
     * @return this rank's group, to be closed before this one; empty for a negative color
     */
    Optional<Communicator> split(int color, int key);

    /**
     * Memory of an accelerator that this communicator reaches without staging; by default that is all memory. All ranks
     * call it with equal sizes, in the same order; waits for all. The caller closes it before the communicator.
     */
    default DeviceMemory allocate(Accelerator accelerator, long bytes, String purpose) {
        return accelerator.allocate(bytes, purpose);
    }

    /**
     * Bytes that this rank has given to other ranks so far, splits included: written to a wire, or read or written
     * across ranks in shared memory, payload alone. A sum of n bytes over N ranks costs each rank (N-1)/N of n for its
     * reduce-scatter and as much for its gather.
     */
    long sentBytes();

    /** Lets every call in progress and every later one fail, here and on the other ranks as far as they are reached. */
    void abort(String reason);

    /** Gives everything back; never waits for other ranks. A second call does nothing. */
    @Override
    void close();
}
