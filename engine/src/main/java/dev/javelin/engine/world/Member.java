package dev.javelin.engine.world;

import dev.javelin.spi.communicator.Seat;
import java.util.function.LongFunction;

/** One rank of this JVM in its world. */
public interface Member extends Seat {

    /** Where this rank tells of its progress. */
    Pulse pulse();

    /** Lets reports say what a collective's ticket stands for, for example {@code step 12, all_reduce of unit h.3}. */
    void describe(LongFunction<String> tickets);
}
