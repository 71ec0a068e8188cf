package dev.javelin.engine.profile;

import dev.javelin.engine.profile.Gap.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How far the steps of a device that works beside the host are from what it can do, for people: by family of instructions,
 * by reason for standing still, and in a sentence.
 */
final class GapText {
    private static final int NAME_WIDTH = 34;

    private final Profile profile;
    private final List<Line> lines = new ArrayList<>();
    private final long floorNanos;

    GapText(Profile profile, Limits limits) {
        this.profile = profile;
        List<Line> families = profile.gap().families(limits);
        this.floorNanos = families.stream().mapToLong(Line::floorNanos).sum();
        lines.addAll(families);
        profile.host().forEach(row -> lines.add(new Line(row.name(), row.calls(), row.nanos(), 0)));
        lines.add(new Line("between launches", 0, profile.gapNanos(), 0));
    }

    /** Sum of what each instruction takes at the device's limits, over all steps. */
    long floorNanos() {
        return floorNanos;
    }

    /** Families and reasons, the largest gap first. */
    List<Line> lines() {
        return Gap.sorted(lines);
    }

    /** The table and what it says. */
    String text() {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "%-" + NAME_WIDTH + "s %9s %9s %9s %8s",
                "where the time goes",
                "ms",
                "floor ms",
                "gap ms",
                "of step");
        lines().forEach(line -> row(text, line.name(), line.nanos(), line.floorNanos()));
        row(text, "the step", profile.stepNanos(), floorNanos);
        line(text, "");
        line(
                text,
                "compute queue: busy %.1f%%, waiting for other queues %.1f%%, idle for the host %.1f%%,"
                        + " between launches %.1f%%",
                100 * share(profile.computeNanos()),
                100 * share(profile.exposedNanos()),
                100 * share(profile.idleNanos()),
                100 * share(profile.gapNanos()));
        Profile.Launching launching = profile.launching();
        line(
                text,
                "host: %d launches a step, %.1f us each to enqueue, %.3f ms in all; looking takes it another %.3f ms",
                Math.round((double) launching.launches() / steps()),
                launching.nanos() / 1e3 / Math.max(1, launching.launches()),
                millis(launching.nanos()),
                millis(launching.markNanos()));
        line(
                text,
                "queues are timed by the device's clock to %.1f us; they lie on the host's axis to within %.1f us",
                profile.deviceClockNanos().orElse(0) / 1e3,
                profile.axisNanos() / 1e3);
        line(text, "%s", verdict());
        return text.toString();
    }

    /** What holds the steps up most, and what to do about it. */
    String verdict() {
        return Verdict.of(profile.stepNanos(), profile.host(), lines().getFirst());
    }

    private void row(StringBuilder text, String name, long nanos, long floor) {
        line(
                text,
                "%-" + NAME_WIDTH + "s %9.3f %9.3f %9.3f %7.1f%%",
                name,
                millis(nanos),
                millis(floor),
                millis(nanos - floor),
                100 * share(nanos - floor));
    }

    private int steps() {
        return profile.steps().size();
    }

    private double millis(long nanos) {
        return nanos / 1e6 / steps();
    }

    private double share(long nanos) {
        return (double) nanos / profile.stepNanos();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
