package dev.javelin.engine.profile;

import dev.javelin.engine.profile.Gap.Line;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A sentence on what holds up the steps of a device that works beside the host, and on what to do about it. */
final class Verdict {
    /** From this part of a step on, something is worth a word. */
    private static final double WORTH = 0.05;

    private Verdict() {}

    /**
     * @param standstill for how long the compute queue stood still, by reason: {@link Idle} and {@link Profile#WAITING}
     * @param largest what is farthest from the device's limits
     */
    static String of(long stepNanos, List<Row> standstill, Line largest) {
        List<Row> idle = standstill.stream()
                .filter(row -> row.name().startsWith(Idle.PREFIX))
                .sorted(Comparator.comparingLong(Row::nanos).reversed())
                .toList();
        double idleShare = share(idle, stepNanos);
        double waitingShare = share(
                standstill.stream()
                        .filter(row -> row.name().equals(Profile.WAITING))
                        .toList(),
                stepNanos);
        if (idleShare >= WORTH && idleShare >= waitingShare) {
            return say(waitsForHost(idle.getFirst().name()), idleShare);
        }
        if (waitingShare >= WORTH) {
            return say(
                    "Computation waits for copies or collectives for %.1f%% of the step: too little work hides them. A"
                            + " larger batch hides more.",
                    waitingShare);
        }
        return say(
                "The device is busy. The largest gap is in " + largest.name()
                        + ": %.1f%% of the step beyond what the device's limits allow.",
                (double) largest.gapNanos() / stepNanos);
    }

    private static String waitsForHost(String reason) {
        return switch (reason) {
            case Idle.ENQUEUING ->
                "The device waits for launches: it stands idle for the host for %.1f%% of the step. Give each launch more"
                        + " to do (a larger batch in fewer micro-batches, longer rows), or let fewer launches do the same"
                        + " (fused operations).";
            case Idle.OTHER ->
                "The device waits for the host: it stands idle for %.1f%% of the step, most of it in what no span of the"
                        + " host tells, as waking up behind a wait. Leave the host a free processor for each rank, or give"
                        + " the device more to do (a larger batch).";
            default ->
                "The device waits for the host: it stands idle for %.1f%% of the step, most of it while the host is at '"
                        + reason.substring(Idle.PREFIX.length())
                        + "'. Give the host less to do there, or the device more (a larger batch).";
        };
    }

    private static double share(List<Row> rows, long stepNanos) {
        return (double) rows.stream().mapToLong(Row::nanos).sum() / stepNanos;
    }

    private static String say(String sentence, double share) {
        return String.format(Locale.ROOT, sentence, 100 * share);
    }
}
