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

    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT, "%10s  %7s  %9s  %18s", "batch", "micro", "rows/rank", "peak bytes of a rank"));
        findings.candidates().forEach(candidate -> lines.add(line(candidate)));
        Candidate best = findings.best();
        lines.add(String.format(
                Locale.ROOT,
                "limit of a rank's device: %s; batch %,d in %d micro-batches of %d rows on each of %d ranks takes %s",
                Memory.text(findings.limitBytes()),
                best.batch(),
                best.accumulation(),
                best.rows(),
                ranks,
                Memory.text(best.peakBytes())));
        if (!findings.limited()) {
            lines.add("memory does not limit it: this is the largest that was asked about");
        }
        lines.add("suggestion: --set " + String.join(" --set ", settings()));
        return lines;
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
