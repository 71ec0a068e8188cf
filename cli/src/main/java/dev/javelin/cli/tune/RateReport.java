package dev.javelin.cli.tune;

import dev.javelin.api.JavelinException;
import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateFindings.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A range test of the learning rate in words, in files and as an object. */
public record RateReport(RateFindings findings) {
    /** The file of all points. */
    public static final String CSV = "learning-rates.csv";
    /** The drawing. */
    public static final String SVG = "learning-rates.svg";

    private static final int TABLE_ROWS = 12;

    /** The setting that takes the suggestion; null without one. Two digits say all that such a test can. */
    public @Nullable String setting() {
        return findings.suggestion().isPresent()
                ? String.format(
                        Locale.ROOT,
                        "optimizer.learningRate=%.1e",
                        findings.suggestion().getAsDouble())
                : null;
    }

    /** Table, drawing and suggestion. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        List<Point> points = findings.points();
        lines.add(String.format(Locale.ROOT, "%6s  %12s  %10s  %10s", "step", "rate", "loss", "smoothed"));
        for (int row = 0; row < Math.min(TABLE_ROWS, points.size()); row++) {
            Point point = points.get((int)
                    ((long) row * (points.size() - 1) / Math.max(1, Math.min(TABLE_ROWS, points.size()) - 1)));
            lines.add(String.format(
                    Locale.ROOT,
                    "%6d  %12.3e  %10.4f  %10.4f",
                    point.step(),
                    point.rate(),
                    point.loss(),
                    point.smoothed()));
        }
        lines.add("");
        lines.addAll(new RateDrawing(findings).lines());
        lines.add("");
        lines.add(ending());
        String setting = setting();
        lines.add(
                setting == null
                        ? "no suggestion: the loss did not fall; try a wider range, more steps or another seed"
                        : "suggestion: --set " + setting);
        return lines;
    }

    private String ending() {
        Point last = findings.points().getLast();
        return String.format(
                Locale.ROOT,
                switch (findings.ended()) {
                    case RANGE -> "all rates up to %.2e were tried";
                    case DIVERGED -> "ended at rate %.2e: the loss had grown too far above its lowest";
                    case NOT_FINITE -> "ended behind rate %.2e: a number was not finite any more";
                    case STOPPED -> "stopped at rate %.2e";
                },
                last.rate());
    }

    public Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(
                "suggestion",
                findings.suggestion().isPresent()
                        ? (Double) findings.suggestion().getAsDouble()
                        : null);
        object.put("set", setting());
        object.put("ended", findings.ended().name().toLowerCase(Locale.ROOT));
        List<Map<String, Object>> points = new ArrayList<>();
        for (Point point : findings.points()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("step", point.step());
            one.put("rate", point.rate());
            one.put("loss", point.loss());
            one.put("smoothed", point.smoothed());
            points.add(one);
        }
        object.put("points", points);
        return object;
    }

    /**
     * Writes the points and the drawing into a folder.
     *
     * @throws JavelinException {@code JVL-CFG-0079} if they cannot be written
     */
    public void write(Path folder) {
        StringBuilder csv = new StringBuilder("step,rate,loss,smoothed\n");
        for (Point point : findings.points()) {
            csv.append(point.step())
                    .append(',')
                    .append(point.rate())
                    .append(',')
                    .append(point.loss());
            csv.append(',').append(point.smoothed()).append('\n');
        }
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(CSV), csv);
            Files.writeString(folder.resolve(SVG), new RateDrawing(findings).svg());
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CFG-0079",
                    "cannot write to the folder " + folder.toAbsolutePath() + ": " + e,
                    "give a folder that you may write to with --out",
                    e);
        }
    }
}
