package dev.javelin.engine.world;

import dev.javelin.spi.communicator.Seat;
import java.util.function.LongFunction;

/** One rank of this JVM in its world. */
public interface Member extends Seat {

    /**
     * Its place among the ranks of its host, from 0: by it ranks take devices in turns. On several hosts, among those of its
     * own process.
     */
    default int place() {
        return rank();
    }

    /** Where this rank tells of its progress. */
    Pulse pulse();

    /** Lets reports say what a collective's ticket stands for, for example {@code step 12, all_reduce of unit h.3}. */
    void describe(LongFunction<String> tickets);
}
