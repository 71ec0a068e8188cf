package dev.javelin.communicator.nccl;

import dev.javelin.spi.communicator.Seat;
import java.util.List;

/** How some ranks meet on the host, beside NCCL: each gives a line and takes those of all. */
interface Roll extends AutoCloseable {

    /**
     * The lines of all members, by member; waits for all, and asks the seat meanwhile.
     *
     * @param check asked while waiting, as the seat is: throws when it is in vain
     * @throws dev.javelin.api.JavelinException {@code JVL-COM-0003} if a member gave up or left
     */
    List<byte[]> call(byte[] line, Runnable check);

    /** Lets every call in progress and every later one of all members fail; from any thread. */
    void abort(String reason);

    /** Throws if a member has given up. */
    void requireLive();

    @Override
    void close();

    /**
     * The roll of these ranks of the world, as one of them; all make it under one name, in the same order.
     *
     * @param name unlike that of any other
     */
    static Roll of(Seat seat, String name, int[] members) {
        int self = 0;
        while (members[self] != seat.rank()) {
            self++;
        }
        return seat.closeness() == Seat.Closeness.THREADS
                ? ThreadRoll.of(seat, name, members.length, self)
                : SocketRoll.of(seat, name, members, self);
    }
}
