package dev.javelin.cli.tune;

import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateFindings.Point;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A range test drawn: loss over the logarithm of the learning rate, as text or SVG. What rises far above its start is cut off. */
final class RateDrawing {
    private static final int COLUMNS = 64;
    private static final int ROWS = 14;
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int MARGIN = 56;

    private final RateFindings findings;
    private final double left;
    private final double right;
    private final double bottom;
    private final double top;

    RateDrawing(RateFindings findings) {
        this.findings = findings;
        List<Point> points = findings.points();
        left = Math.log10(points.getFirst().rate());
        right = Math.max(left + 1e-9, Math.log10(points.getLast().rate()));
        bottom = points.stream().mapToDouble(Point::smoothed).min().orElseThrow();
        double highest = points.stream().mapToDouble(Point::smoothed).max().orElseThrow();
        double start = points.getFirst().smoothed();
        top = Math.max(bottom + 1e-9, Math.min(highest, bottom + 1.5 * Math.max(start - bottom, 1e-9)));
    }

    private double across(double rate) {
        return (Math.log10(rate) - left) / (right - left);
    }

    private double up(double loss) {
        return Math.clamp((loss - bottom) / (top - bottom), 0, 1);
    }

    // Text ----------------------------------------------------------------------------------------------------------

    List<String> lines() {
        char[][] field = new char[ROWS][COLUMNS];
        for (char[] row : field) {
            Arrays.fill(row, ' ');
        }
        findings.suggestion().ifPresent(rate -> {
            for (char[] row : field) {
                row[column(rate)] = '|';
            }
        });
        for (Point point : findings.points()) {
            field[(int) Math.round((1 - up(point.smoothed())) * (ROWS - 1))][column(point.rate())] = '*';
        }
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            double loss = top - (top - bottom) * row / (ROWS - 1);
            String label = row % 4 == 0 || row == ROWS - 1 ? String.format(Locale.ROOT, "%9.4f", loss) : " ".repeat(9);
            lines.add((label + " |" + new String(field[row])).stripTrailing());
        }
        lines.add(" ".repeat(10) + "+" + "-".repeat(COLUMNS));
        char[] axis = " ".repeat(COLUMNS + 16).toCharArray();
        for (int decade = (int) Math.ceil(left - 1e-9); decade <= right + 1e-9; decade++) {
            String label = "1e" + decade;
            int at = 11 + column(Math.pow(10, decade));
            for (int i = 0; i < label.length() && at + i < axis.length; i++) {
                axis[at + i] = label.charAt(i);
            }
        }
        lines.add(new String(axis).stripTrailing());
        return lines;
    }

    private int column(double rate) {
        return (int) Math.round(Math.clamp(across(rate), 0, 1) * (COLUMNS - 1));
    }

    // SVG -----------------------------------------------------------------------------------------------------------

    String svg() {
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\">%n<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n",
                WIDTH,
                HEIGHT,
                WIDTH,
                HEIGHT));
        for (int decade = (int) Math.ceil(left - 1e-9); decade <= right + 1e-9; decade++) {
            double x = x(Math.pow(10, decade));
            line(svg, x, y(bottom), x, y(top), "#ddd", 1);
            text(svg, x, HEIGHT - MARGIN + 18, "middle", "1e" + decade);
        }
        for (int tick = 0; tick <= 4; tick++) {
            double loss = bottom + (top - bottom) * tick / 4;
            line(svg, x(Math.pow(10, left)), y(loss), x(Math.pow(10, right)), y(loss), "#ddd", 1);
            text(svg, MARGIN - 6, y(loss) + 4, "end", String.format(Locale.ROOT, "%.3f", loss));
        }
        findings.suggestion().ifPresent(rate -> {
            line(svg, x(rate), y(bottom), x(rate), y(top), "#c33", 2);
            text(svg, x(rate), MARGIN - 20, "middle", String.format(Locale.ROOT, "suggested: %.2e", rate));
        });
        path(svg, Point::loss, "#bcd", 1);
        path(svg, Point::smoothed, "#135", 2);
        text(svg, WIDTH / 2.0, HEIGHT - 10, "middle", "learning rate");
        text(svg, MARGIN, 18, "start", "training loss (smoothed: dark)");
        return svg.append("</svg>\n").toString();
    }

    private double x(double rate) {
        return MARGIN + (WIDTH - 2 * MARGIN) * across(rate);
    }

    private double y(double loss) {
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * up(loss);
    }

    private void path(StringBuilder svg, ToDoubleFunction<Point> loss, String colour, int width) {
        svg.append("<polyline fill=\"none\" stroke=\"")
                .append(colour)
                .append("\" stroke-width=\"")
                .append(width)
                .append("\" points=\"");
        for (Point point : findings.points()) {
            svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point.rate()), y(loss.applyAsDouble(point))));
        }
        svg.append("\"/>\n");
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2, String colour, int width) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                x1,
                y1,
                x2,
                y2,
                colour,
                width));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text));
    }
}
