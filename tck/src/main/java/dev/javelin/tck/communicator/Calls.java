package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import java.util.List;

/** The collective calls with their arguments, for checks that are after what arguments do, not contents. */
enum Calls {
    ALL_GATHER,
    REDUCE_SCATTER,
    ALL_REDUCE,
    ALL_TO_ALL,
    BROADCAST,
    BARRIER;

    /** Elements for which {@link #make} needs no more than {@link #BYTES} on either side. */
    static final long ELEMENTS = 8;

    static final long BYTES = 16 * ELEMENTS * 8;

    static final List<Calls> WITH_SIZES = List.of(ALL_GATHER, REDUCE_SCATTER, ALL_REDUCE, ALL_TO_ALL, BROADCAST);

    /**
     * Makes the call.
     *
     * @param elements of four bytes
     * @param root of a broadcast
     */
    void make(Communicator group, Call call, Buffer from, Buffer to, long elements, DType dtype, int root) {
        long bytes = elements * 4;
        switch (this) {
            case ALL_GATHER -> group.allGather(call, from.address(), to.address(), bytes);
            case REDUCE_SCATTER -> group.reduceScatter(call, from.address(), to.address(), elements, dtype);
            case ALL_REDUCE -> group.allReduce(call, from.address(), elements, dtype);
            case ALL_TO_ALL -> group.allToAll(call, from.address(), to.address(), bytes);
            case BROADCAST -> group.broadcast(call, from.address(), bytes, root);
            case BARRIER -> group.barrier(call);
        }
    }

    /** Makes the call with usual arguments. */
    void make(Communicator group, Call call, Buffer from, Buffer to) {
        make(group, call, from, to, ELEMENTS, DType.FLOAT32, 0);
    }
}
