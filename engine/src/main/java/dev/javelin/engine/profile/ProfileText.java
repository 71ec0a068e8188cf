package dev.javelin.engine.profile;

import dev.javelin.engine.program.Site;
import dev.javelin.engine.run.Recording.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A profile as tables for people: times are those of a step, the mean over the profiled ones. */
final class ProfileText {
    private static final int MOST_SHAPES = 15;
    private static final int MOST_LAYERS = 20;
    private static final int NAME_WIDTH = 26;
    private static final int SHAPE_WIDTH = 72;

    private final Profile profile;
    private final Limits limits;
    private final StringBuilder text = new StringBuilder();

    private ProfileText(Profile profile, Limits limits) {
        this.profile = profile;
        this.limits = limits;
    }

    /**
     * @param ranks of all ranks, in order
     */
    static String of(Profile profile, Limits limits, List<RankTimes> ranks) {
        ProfileText lines = new ProfileText(profile, limits);
        lines.head();
        lines.gap();
        lines.operations();
        lines.layers();
        lines.shapes();
        lines.rest("beside computation", profile.beside());
        lines.rest("the host, beside the device", profile.hostBeside());
        lines.rest("between the steps", profile.between());
        lines.ranks(ranks);
        return lines.text.toString();
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }

    private double millis(long nanos) {
        return nanos / 1e6 / profile.steps().size();
    }

    private String share(long nanos) {
        return String.format(Locale.ROOT, "%.1f%%", 100.0 * nanos / profile.stepNanos());
    }

    private void head() {
        List<Span> steps = profile.steps();
        line(
                "profile of steps %d to %d: %.2f ms a step (%.2f to %.2f)",
                steps.getFirst().step(),
                steps.getLast().step(),
                millis(profile.stepNanos()),
                steps.stream().mapToLong(Span::nanos).min().orElse(0) / 1e6,
                steps.stream().mapToLong(Span::nanos).max().orElse(0) / 1e6);
        line(
                "limits %s: %.1f GFLOP/s (matrix product), %.1f GB/s (%s)",
                limits.measured()
                        ? "measured on this device"
                        : "by the device's planner, for want of memory to measure",
                limits.flopsPerSecond() / 1e9,
                limits.bytesPerSecond() / 1e9,
                limits.measured() ? "sum of two vectors" : "memory");
    }

    /** Where the device works beside the host, and so can wait for it. */
    private void gap() {
        if (profile.deviceClockNanos().isPresent()) {
            line("");
            text.append(new GapText(profile, limits).text());
        }
    }

    private void operations() {
        rates(NAME_WIDTH, "operation");
        for (Row row : profile.operations()) {
            rates(NAME_WIDTH, row);
        }
        for (Row row : profile.host()) {
            plain(row.name(), calls(row), row.nanos());
        }
        plain("between launches", "", profile.gapNanos());
        plain("the step", "", profile.stepNanos());
    }

    private void rates(int width, String name) {
        line("");
        line("%-" + width + "s %6s %9s %7s %8s %7s %9s", name, "calls", "ms", "share", "GFLOP/s", "GB/s", "of limit");
    }

    private void rates(int width, Row row) {
        double seconds = row.nanos() / 1e9;
        line(
                "%-" + width + "s %6s %9.3f %7s %8.1f %7.1f %8.0f%%",
                row.name().length() <= width ? row.name() : row.name().substring(0, width - 3) + "...",
                calls(row),
                millis(row.nanos()),
                share(row.nanos()),
                row.flops() / seconds / 1e9,
                row.bytes() / seconds / 1e9,
                100 * limits.leastSeconds(row.flops(), row.bytes()) / seconds);
    }

    private String calls(Row row) {
        double calls = (double) row.calls() / profile.steps().size();
        return calls == Math.rint(calls)
                ? String.format(Locale.ROOT, "%.0f", calls)
                : String.format(Locale.ROOT, "%.1f", calls);
    }

    private void plain(String name, String calls, long nanos) {
        line("%-" + NAME_WIDTH + "s %6s %9.3f %7s", name, calls, millis(nanos), share(nanos));
    }

    private void layers() {
        line("");
        line(
                "%-" + NAME_WIDTH + "s %9s %9s %9s %9s %9s %7s",
                "layer or unit",
                "forward",
                "backward",
                "reduce",
                "update",
                "ms",
                "share");
        List<Map.Entry<String, long[]>> rows = new ArrayList<>(profile.layers().entrySet());
        int shown = rows.size() <= MOST_LAYERS ? rows.size() : MOST_LAYERS - 1;
        rows.subList(0, shown).forEach(row -> layer(row.getKey(), row.getValue()));
        if (shown < rows.size()) {
            long[] others = new long[Site.Phase.values().length];
            for (Map.Entry<String, long[]> row : rows.subList(shown, rows.size())) {
                for (int i = 0; i < others.length; i++) {
                    others[i] += row.getValue()[i];
                }
            }
            layer((rows.size() - shown) + " others", others);
        }
        long rest = profile.stepNanos() - profile.computeNanos();
        String others = profile.deviceClockNanos().isPresent() ? "standing still" : "host and between launches";
        line("%-" + NAME_WIDTH + "s %49.3f %7s", others, millis(rest), share(rest));
        line("%-" + NAME_WIDTH + "s %49.3f %7s", "the step", millis(profile.stepNanos()), share(profile.stepNanos()));
    }

    private void layer(String name, long[] phases) {
        line(
                "%-" + NAME_WIDTH + "s %9.3f %9.3f %9.3f %9.3f %9.3f %7s",
                name,
                millis(phases[Site.Phase.FORWARD.ordinal()]),
                millis(phases[Site.Phase.BACKWARD.ordinal()]),
                millis(phases[Site.Phase.REDUCE.ordinal()]),
                millis(phases[Site.Phase.UPDATE.ordinal()]),
                millis(Profile.sum(phases)),
                share(Profile.sum(phases)));
    }

    private void shapes() {
        List<Row> rows = profile.shapes();
        int shown = Math.min(MOST_SHAPES, rows.size());
        rates(SHAPE_WIDTH, "operation and shapes, the longest " + shown + " of " + rows.size());
        rows.subList(0, shown).forEach(row -> rates(SHAPE_WIDTH, row));
    }

    private void rest(String title, List<Row> rows) {
        if (!rows.isEmpty()) {
            line("");
            line("%-" + NAME_WIDTH + "s %6s %9s %9s", title, "calls", "ms", "bytes");
            rows.forEach(row -> line(
                    "%-" + NAME_WIDTH + "s %6s %9.3f %9.0f",
                    row.name(),
                    calls(row),
                    millis(row.nanos()),
                    row.bytes() / profile.steps().size()));
        }
    }

    private void ranks(List<RankTimes> ranks) {
        if (ranks.size() > 1) {
            line("");
            line(
                    "%-6s %9s %9s %9s %12s %14s",
                    "rank", "step ms", "computing", "waiting", "collectives", "for last rank");
            ranks.forEach(rank -> line(
                    "%-6d %9.3f %9.3f %9.3f %12.3f %14s",
                    rank.rank(),
                    rank.stepMillis(),
                    rank.computeMillis(),
                    rank.exposedMillis(),
                    rank.collectiveMillis(),
                    rank.lateMillis() < 0 ? "-" : String.format(Locale.ROOT, "%.3f", rank.lateMillis())));
        }
    }
}
