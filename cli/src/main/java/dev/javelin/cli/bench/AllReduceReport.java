package dev.javelin.cli.bench;

import dev.javelin.cli.bench.SumTeam.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What was measured: for each row and size the mean seconds of a sum, the median over the turns.
 *
 * @param spinners threads that kept the cores busy in the second measurement
 * @param absent rows that could not be measured, and why
 */
public record AllReduceReport(
        int ranks,
        int turns,
        int spinners,
        SequencedMap<Row, SequencedMap<Long, Double>> free,
        SequencedMap<Row, SequencedMap<Long, Double>> busy,
        Map<Row, String> absent) {

    /** Bytes a second that each rank's link would carry in an optimal ring: 2 (N-1)/N of the buffer. NCCL's definition. */
    private double busBytesPerSecond(Row row, long bytes, double seconds) {
        double factor = row == Row.MEMCPY ? 1 : 2.0 * (ranks - 1) / ranks;
        return factor * bytes / seconds;
    }

    public SequencedMap<String, Object> object() {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("ranks", ranks);
        object.put("turns", turns);
        object.put("processors", Runtime.getRuntime().availableProcessors());
        object.put("rows", objects(free));
        object.put("busySpinners", spinners);
        object.put("busyRows", objects(busy));
        List<Map<String, Object>> missing = new ArrayList<>();
        absent.forEach((row, reason) -> missing.add(Map.of("row", row.label(), "reason", reason)));
        object.put("absent", missing);
        return object;
    }

    private List<Map<String, Object>> objects(SequencedMap<Row, SequencedMap<Long, Double>> measured) {
        List<Map<String, Object>> rows = new ArrayList<>();
        measured.forEach((row, times) -> times.forEach((bytes, seconds) -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("row", row.label());
            entry.put("bytes", bytes);
            entry.put("microseconds", seconds * 1e6);
            entry.put("busGigabytesPerSecond", busBytesPerSecond(row, bytes, seconds) / 1e9);
            put(entry, "ratioToMemcpy", ratio(measured, row, Row.MEMCPY, bytes));
            put(entry, "ratioToMpi", ratio(measured, row, Row.MPI, bytes));
            rows.add(entry);
        }));
        return rows;
    }

    private static void put(Map<String, Object> entry, String key, double value) {
        if (!Double.isNaN(value)) {
            entry.put(key, value);
        }
    }

    /** Bandwidth by the other row's; NaN if that was not measured. */
    private double ratio(SequencedMap<Row, SequencedMap<Long, Double>> measured, Row row, Row other, long bytes) {
        SequencedMap<Long, Double> own = measured.get(row);
        SequencedMap<Long, Double> others = measured.get(other);
        if (own == null || others == null || !own.containsKey(bytes) || !others.containsKey(bytes)) {
            return Double.NaN;
        }
        return busBytesPerSecond(row, bytes, own.get(bytes)) / busBytesPerSecond(other, bytes, others.get(bytes));
    }

    /** Tables in Markdown. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>(table("Free cores", free));
        if (!busy.isEmpty()) {
            lines.add("");
            lines.addAll(table("With " + spinners + " spinning threads besides", busy));
        }
        absent.forEach((row, reason) -> lines.add("absent: " + row.label() + ": " + reason));
        return lines;
    }

    private List<String> table(String title, SequencedMap<Row, SequencedMap<Long, Double>> measured) {
        List<String> lines = new ArrayList<>();
        lines.add(title + ":");
        lines.add("");
        lines.add("| bytes | row | microseconds | GB/s (bus) | to memcpy | to mpi |");
        lines.add("|---|---|---|---|---|---|");
        measured.values().stream()
                .flatMap(times -> times.keySet().stream())
                .distinct()
                .sorted()
                .forEach(bytes -> measured.forEach((row, times) -> {
                    Double seconds = times.get(bytes);
                    if (seconds != null) {
                        lines.add(String.format(
                                Locale.ROOT,
                                "| %,d | %s | %,.1f | %.2f | %s | %s |",
                                bytes,
                                row.label(),
                                seconds * 1e6,
                                busBytesPerSecond(row, bytes, seconds) / 1e9,
                                text(ratio(measured, row, Row.MEMCPY, bytes)),
                                text(ratio(measured, row, Row.MPI, bytes))));
                    }
                }));
        return lines;
    }

    private static String text(double ratio) {
        return Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio);
    }
}
