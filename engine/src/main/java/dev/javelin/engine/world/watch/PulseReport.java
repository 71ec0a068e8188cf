package dev.javelin.engine.world.watch;

import dev.javelin.engine.world.Pulse;
import dev.javelin.engine.world.Pulse.Phase;

/**
 * What a rank's JVM tells of it a few times a second. Times are spans, so that no two clocks are compared.
 *
 * @param rank the rank
 * @param phase what it is doing at large
 * @param step its optimizer step, from 1; 0 before
 * @param counter has changed if the rank went on
 * @param polls has changed if the rank asked whether to wait on
 * @param activity its last instruction in words
 * @param begun whether it has begun a collective since it started
 * @param inCollective whether it is in one now
 * @param ticket of that collective
 * @param ticketText what the ticket stands for, in the rank's own words
 * @param waitedNanos for how long it has waited for others; negative if it does not wait
 */
public record PulseReport(
        int rank,
        Phase phase,
        long step,
        long counter,
        long polls,
        String activity,
        boolean begun,
        boolean inCollective,
        long ticket,
        String ticketText,
        long waitedNanos) {

    /** A rank that has just started. */
    public static PulseReport start(int rank) {
        return new PulseReport(rank, Phase.START, 0, 0, 0, "start", false, false, 0, "", -1);
    }

    /** A rank of this JVM as it is now. */
    public static PulseReport of(Pulse.Snapshot now, boolean begun, long polls, String ticketText, long nowNanos) {
        long since = now.waitingSinceNanos();
        return new PulseReport(
                now.rank(),
                now.phase(),
                now.step(),
                now.counter(),
                polls,
                now.activity(),
                begun,
                now.inCollective(),
                now.ticket(),
                ticketText,
                since == 0 ? -1 : Math.max(0, nowNanos - since));
    }

    public PulseReport withPhase(Phase newPhase) {
        return new PulseReport(
                rank, newPhase, step, counter, polls, activity, begun, inCollective, ticket, ticketText, waitedNanos);
    }

    /** The rank gone on to another step and activity. */
    public PulseReport withProgress(long newCounter, long newStep, String newActivity) {
        return new PulseReport(
                rank,
                phase,
                newStep,
                newCounter,
                polls,
                newActivity,
                begun,
                inCollective,
                ticket,
                ticketText,
                waitedNanos);
    }

    /** The rank in a collective. */
    public PulseReport withCollective(long newTicket, String text) {
        return new PulseReport(rank, phase, step, counter, polls, activity, true, true, newTicket, text, waitedNanos);
    }

    /** The rank having asked {@code newPolls} times whether to wait on, for so long. */
    public PulseReport withWaiting(long newPolls, long newWaitedNanos) {
        return new PulseReport(
                rank,
                phase,
                step,
                counter,
                newPolls,
                activity,
                begun,
                inCollective,
                ticket,
                ticketText,
                newWaitedNanos);
    }
}
