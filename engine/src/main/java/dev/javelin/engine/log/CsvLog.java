package dev.javelin.engine.log;

import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.StepWork;
import dev.javelin.api.trainer.ValidationMetrics;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code metrics.csv}: a row for each step and one for each validation, under one head. A cell is empty where a row has no
 * such number or it is not finite. What a module logs is under {@code logged.NAME}, and of validations under {@code
 * validation.NAME}; what stands out has a row with {@code spike.loss} or {@code spike.gradNorm}. A column that first appears later is added to the head, and the rows before get empty cells.
 *
 * <p>Source: RFC 4180, with lines that end in a line feed alone.
 */
public final class CsvLog extends LogFile {
    /** Its name in the folder. */
    public static final String FILE = "metrics.csv";

    private static final String STEP = "step";
    private static final String SECONDS = "elapsedSeconds";
    private static final List<String> HEAD = List.of(
            STEP,
            "loss",
            "gradNorm",
            "lr",
            "tokensPerSecond",
            "deviceBytes",
            SECONDS,
            "validationLoss",
            "firstSample",
            "samplesPerSecond",
            "flopsPerSecond",
            "deviceShare",
            "dataShare");

    private final List<String> columns = new ArrayList<>();
    private @Nullable BufferedWriter writer;

    public CsvLog(Path folder) {
        super(folder);
    }

    @Override
    double begin(long afterStep) throws IOException {
        Files.createDirectories(folder());
        columns.clear();
        List<List<String>> rows = Files.exists(file()) ? rows(afterStep) : List.of();
        if (columns.isEmpty()) {
            columns.addAll(HEAD);
        }
        rewrite(rows);
        int seconds = columns.indexOf(SECONDS);
        return rows.reversed().stream()
                .map(row -> row.get(seconds))
                .filter(cell -> !cell.isEmpty())
                .mapToDouble(Double::parseDouble)
                .findFirst()
                .orElse(0);
    }

    private Path file() {
        return folder().resolve(FILE);
    }

    /** The rows up to a step; their columns become known. A row that is not whole ends them. */
    private List<List<String>> rows(long afterStep) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        String text = Files.readString(file());
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            List<String> cells = cells(line);
            if (columns.isEmpty()) {
                if (!cells.contains(STEP) || !cells.contains(SECONDS)) {
                    throw new IOException(file() + " is no log of a run");
                }
                columns.addAll(cells);
            } else if (cells.size() == columns.size() && step(cells) <= afterStep) {
                rows.add(cells);
            } else {
                break;
            }
        }
        return rows;
    }

    private long step(List<String> cells) {
        try {
            return Long.parseLong(cells.get(columns.indexOf(STEP)));
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char next = line.charAt(i);
            if (next == '"') {
                boolean twice = quoted && i + 1 < line.length() && line.charAt(i + 1) == '"';
                if (twice) {
                    cell.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (next == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(next);
            }
        }
        cells.add(cell.toString());
        return cells;
    }

    private static String line(List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (String cell : cells) {
            boolean quoted = cell.chars().anyMatch(c -> c == ',' || c == '"');
            line.append(line.isEmpty() ? "" : ",");
            line.append(quoted ? '"' + cell.replace("\"", "\"\"") + '"' : cell);
        }
        return line.append('\n').toString();
    }

    /** Puts the head and these rows into a new file, which takes the old one's place, and goes on behind them. */
    private void rewrite(List<List<String>> rows) throws IOException {
        Path partial = folder().resolve("." + FILE + ".partial");
        try (BufferedWriter target = Files.newBufferedWriter(partial)) {
            target.write(line(columns));
            for (List<String> row : rows) {
                List<String> padded = new ArrayList<>(row);
                while (padded.size() < columns.size()) {
                    padded.add("");
                }
                target.write(line(padded));
            }
        }
        Files.move(partial, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        writer = Files.newBufferedWriter(file(), StandardOpenOption.APPEND);
    }

    @Override
    public boolean onStep(StepMetrics metrics) {
        SequencedMap<String, Double> row = new LinkedHashMap<>();
        row.put("loss", metrics.loss());
        row.put("gradNorm", metrics.gradientNorm());
        row.put("lr", metrics.learningRate());
        row.put("tokensPerSecond", metrics.tokensPerSecond());
        row.put("deviceBytes", (double) metrics.deviceBytes());
        row.put(SECONDS, metrics.elapsedSeconds());
        StepWork work = metrics.work();
        row.put("firstSample", (double) work.firstSample());
        row.put("samplesPerSecond", work.samplesPerSecond());
        row.put("flopsPerSecond", work.flopsPerSecond());
        row.put("deviceShare", work.deviceShare());
        row.put("dataShare", work.dataShare());
        metrics.scaling().ifPresent(scaling -> {
            row.put("lossScale", scaling.scale());
            row.put("skippedSteps", (double) scaling.skippedSteps());
        });
        if (!metrics.communication().parts().isEmpty()) {
            row.put("communication.sentBytes", (double) metrics.communication().bytes());
            row.put("communication.seconds", metrics.communication().seconds());
            row.put("communication.exposedSeconds", metrics.communication().exposedSeconds());
        }
        new TreeMap<>(metrics.logged()).forEach((name, value) -> row.put("logged." + name, value));
        write(metrics.step(), row);
        return true;
    }

    @Override
    public void onSpike(Spike spike) {
        write(spike.step(), Map.of("spike." + spike.quantity(), spike.value()));
    }

    @Override
    public void onValidation(ValidationMetrics metrics) {
        SequencedMap<String, Double> row = new LinkedHashMap<>();
        row.put("validationLoss", metrics.loss());
        new TreeMap<>(metrics.logged()).forEach((name, value) -> row.put("validation." + name, value));
        write(metrics.step(), row);
    }

    private void write(long step, Map<String, Double> row) {
        attempt(() -> {
            if (!columns.containsAll(row.keySet())) {
                widen(row);
            }
            List<String> cells = new ArrayList<>();
            for (String column : columns) {
                cells.add(column.equals(STEP) ? Long.toString(step) : cell(row.get(column)));
            }
            BufferedWriter target = Objects.requireNonNull(writer);
            target.write(line(cells));
            target.flush();
        });
    }

    private void widen(Map<String, Double> row) throws IOException {
        end();
        List<List<String>> rows = new ArrayList<>();
        Files.readString(file()).lines().skip(1).forEach(line -> rows.add(cells(line)));
        row.keySet().stream().filter(name -> !columns.contains(name)).forEach(columns::add);
        rewrite(rows);
    }

    /** Whole numbers as such: counts of bytes are easier to read so. */
    private static String cell(@Nullable Double value) {
        if (value == null || !Double.isFinite(value)) {
            return "";
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
        return whole ? Long.toString(value.longValue()) : value.toString();
    }

    @Override
    void end() throws IOException {
        Objects.requireNonNull(writer).close();
    }
}
