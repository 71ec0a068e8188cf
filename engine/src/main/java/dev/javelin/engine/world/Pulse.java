package dev.javelin.engine.world;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What a rank tells of its progress, to be looked at from outside at any time: a counter that grows with every
 * instruction, the phase, the last activity, and the collective that it is in, if any. Written by the rank's threads
 * without locks, at the cost of a few stores per instruction.
 */
public final class Pulse {

    /** START, EVALUATE and SAVE may take long without progress; a rank that is DONE makes none. */
    public enum Phase {
        START(true),
        TRAIN(false),
        EVALUATE(true),
        SAVE(true),
        DONE(true);

        private final boolean patient;

        Phase(boolean patient) {
            this.patient = patient;
        }

        /** Whether a rank may stand still in it for as long as it takes. */
        public boolean patient() {
            return patient;
        }
    }

    private final int rank;
    private volatile Phase phase = Phase.START;
    private volatile long step;
    private volatile long counter;
    private volatile Object activity = "start";
    private volatile @Nullable Collective collective;
    private volatile boolean begun;
    private volatile long waitingSinceNanos;

    @SuppressWarnings("unused") // written and read through POLLS
    private long polls;

    private static final VarHandle POLLS;

    static {
        try {
            POLLS = MethodHandles.lookup().findVarHandle(Pulse.class, "polls", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The collective that a rank is in. */
    private record Collective(long ticket) {}

    public Pulse(int rank) {
        this.rank = rank;
    }

    /** Whose pulse it is. */
    int rank() {
        return rank;
    }

    /** Begins a phase; returns the one before. */
    public Phase enter(Phase next) {
        Phase before = phase;
        phase = next;
        progress();
        return before;
    }

    /** Begins an optimizer step, counted from 1. */
    public void step(long number) {
        step = number;
        progress();
    }

    /**
     * Begins an instruction, on the rank's own thread.
     *
     * @param what its {@code toString} says what the rank was doing, if it is asked for
     */
    public void at(Object what) {
        activity = what;
        progress();
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // a lost increment is still a change
    private void progress() {
        counter++;
        if (waitingSinceNanos != 0 && collective == null) {
            waitingSinceNanos = 0;
        }
    }

    /** Begins a collective, on whichever thread runs it. */
    public void collective(long ticket) {
        waitingSinceNanos = 0;
        collective = new Collective(ticket);
        begun = true;
        progress();
    }

    /** Ends the collective. */
    public void collectiveDone() {
        collective = null;
        progress();
    }

    /**
     * The rank waits for others since this {@link System#nanoTime}; 0 is taken for now. To be called again and again
     * while it does: a rank that no longer calls it no longer waits.
     */
    public void waiting(long sinceNanos) {
        long since = sinceNanos == 0 ? System.nanoTime() : sinceNanos;
        if (waitingSinceNanos != since) {
            waitingSinceNanos = since;
        }
        POLLS.setOpaque(this, (long) POLLS.getOpaque(this) + 1);
    }

    /** The rank no longer waits for others. */
    void waited() {
        waitingSinceNanos = 0;
    }

    /** Differs from an earlier number if {@link #waiting} was called since. */
    long polls() {
        return (long) POLLS.getOpaque(this);
    }

    /** Whether the rank has begun a collective so far. */
    boolean begun() {
        return begun;
    }

    /** The rank as it is now. */
    public Snapshot snapshot() {
        Collective current = collective;
        return new Snapshot(
                rank,
                phase,
                step,
                counter,
                text(activity),
                current != null,
                current == null ? 0 : current.ticket(),
                waitingSinceNanos);
    }

    /** What a watch asks for must not fail because of what is asked. */
    private static String text(Object what) {
        try {
            return String.valueOf(what);
        } catch (RuntimeException e) {
            return what.getClass().getName() + ", which cannot be told: "
                    + e.getClass().getName();
        }
    }

    /**
     * A rank at one moment.
     *
     * @param counter differs from that of an earlier snapshot if the rank has gone on
     * @param activity the last instruction in words
     * @param inCollective whether it is in a collective
     * @param ticket of the collective
     * @param waitingSinceNanos since when it waits for others without progress, there or outside of any collective, by
     *     the clock of its JVM; 0 if it does not
     */
    public record Snapshot(
            int rank,
            Phase phase,
            long step,
            long counter,
            String activity,
            boolean inCollective,
            long ticket,
            long waitingSinceNanos) {}
}
