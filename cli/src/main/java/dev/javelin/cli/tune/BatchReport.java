package dev.javelin.cli.tune;

import dev.javelin.api.tuning.BatchFindings;
import dev.javelin.api.tuning.BatchFindings.Candidate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A search for a batch in words and as an object.
 *
 * @param ranks that the batch is dealt over
 */
public record BatchReport(BatchFindings findings, int ranks) {

    /** One candidate, as soon as it is known. */
    public static String line(Candidate candidate) {
        return String.format(
                Locale.ROOT,
                "%,10d  %7d  %9d  %,18d  %s",
                candidate.batch(),
                candidate.accumulation(),
                candidate.rows(),
                candidate.peakBytes(),
                candidate.fits() ? "fits" : "too large");
    }

    /** What stands over the candidates. */
    public static String header() {
        return String.format(Locale.ROOT, "%10s  %7s  %9s  %18s", "batch", "micro", "rows/rank", "peak bytes/rank");
    }

    /** What was found, and how to take it. */
    public List<String> lines() {
        Candidate best = findings.best();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "batch %,d fits: %s of %s on each of %s take%s %s of %s",
                best.batch(),
                count(best.accumulation(), "micro-batch", "micro-batches"),
                count(best.rows(), "row", "rows"),
                count(ranks, "rank", "ranks"),
                best.accumulation() == 1 ? "s" : "",
                Memory.text(best.peakBytes()),
                Memory.text(findings.limitBytes())));
        if (!findings.limited()) {
            lines.add("memory does not limit it: no larger batch, or no fewer micro-batches, were asked about");
        }
        lines.add("suggestion: --set " + String.join(" --set ", settings()));
        return lines;
    }

    private static String count(long number, String one, String many) {
        return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? one : many);
    }

    /** The settings that take the suggestion. */
    public List<String> settings() {
        return List.of(
                "data.batch=" + findings.best().batch(),
                "trainer.accumulate=" + findings.best().accumulation());
    }

    public Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>(object(findings.best()));
        object.put("limitBytes", findings.limitBytes());
        object.put("limited", findings.limited());
        object.put("ranks", ranks);
        object.put("set", settings());
        object.put(
                "candidates",
                findings.candidates().stream().map(BatchReport::object).toList());
        return object;
    }

    private static Map<String, Object> object(Candidate candidate) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("batch", candidate.batch());
        object.put("accumulate", candidate.accumulation());
        object.put("rowsPerRank", candidate.rows());
        object.put("peakBytes", candidate.peakBytes());
        object.put("fits", candidate.fits());
        return object;
    }
}
