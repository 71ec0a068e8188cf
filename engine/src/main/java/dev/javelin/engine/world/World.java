package dev.javelin.engine.world;

import java.util.List;

/**
 * The ranks of a run, as seen from one JVM: those that are threads of it are its members. A world watches its ranks: one
 * that fails, stops or stalls is named to all others, whose waiting ends with a {@link RankFailure}.
 */
public interface World extends AutoCloseable {

    /** Number of ranks, over all JVMs. */
    int size();

    /** The ranks of this JVM, in order. */
    List<Member> members();

    /**
     * Runs a rank's work on a thread for each member and waits until all have ended. What one of them throws is told to
     * all ranks, which then stop.
     *
     * @return what the members returned, in order
     * @throws RankFailure if a rank failed, stalled or was lost, here or elsewhere; if all ranks failed alike before the
     *     first collective, what they threw
     */
    <T> List<T> run(RankBody<T> body);

    /** The work of one rank. */
    @FunctionalInterface
    interface RankBody<T> {
        T run(Member member);
    }

    /** Leaves the world; to be called when {@link #run} has returned. Never waits for other ranks. */
    @Override
    void close();
}
