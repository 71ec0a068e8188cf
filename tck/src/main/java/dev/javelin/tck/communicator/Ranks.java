package dev.javelin.tck.communicator;

import dev.javelin.spi.communicator.Seat;
import java.time.Duration;
import java.util.List;

/** Where the ranks of the checks come from: threads of this JVM, or processes of which this is one. */
public abstract sealed class Ranks permits ThreadRanks, ProcessRanks {

    /** The numbers of ranks to check with, of those wished for. */
    abstract List<Integer> sizes(List<Integer> wished);

    abstract Seat.Closeness closeness();

    /** Whether all ranks are threads of this JVM. */
    boolean together() {
        return closeness() == Seat.Closeness.THREADS;
    }

    /**
     * Runs a part on each rank of a new world and waits until all have ended. Ranks that do not are left behind.
     *
     * @param limit within which all ranks must end
     * @return the calls looked at, over the ranks of this JVM
     * @throws dev.javelin.tck.Breach the first of the ranks'; or one that says where ranks hang
     */
    abstract long run(CommunicatorSubject subject, int size, Duration limit, Part part);
}
