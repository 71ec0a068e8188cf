package dev.javelin.engine.world;

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

    /** The collective that a rank is in: which, and since when it has waited there for others without progress. */
    private static final class Collective {
        final long ticket;
        volatile long waitingSinceNanos;

        Collective(long ticket) {
            this.ticket = ticket;
        }
    }

    public Pulse(int rank) {
        this.rank = rank;
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
    }

    /** Begins a collective, on whichever thread runs it. */
    public void collective(long ticket) {
        collective = new Collective(ticket);
        progress();
    }

    /** Ends the collective. */
    public void collectiveDone() {
        collective = null;
        progress();
    }

    /** The rank waits for others since this {@link System#nanoTime}; 0 is taken for now. */
    public void waiting(long sinceNanos) {
        Collective current = collective;
        if (current != null) {
            current.waitingSinceNanos = sinceNanos;
        }
    }

    /** The rank as it is now. */
    public Snapshot snapshot() {
        Collective current = collective;
        return new Snapshot(
                rank,
                phase,
                step,
                counter,
                activity.toString(),
                current != null,
                current == null ? 0 : current.ticket,
                current == null ? 0 : current.waitingSinceNanos);
    }

    /**
     * A rank at one moment.
     *
     * @param counter differs from that of an earlier snapshot if the rank has gone on
     * @param activity the last instruction in words
     * @param inCollective whether it is in a collective
     * @param ticket of the collective
     * @param waitingSinceNanos since when it waits there for others without progress, by the clock of its JVM; 0 if it
     *     does not
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
