package dev.javelin.data.table;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * The rows of a table one after the other, as inputs of a model that was trained on another: for predictions. Columns are
 * found by name; those that the model does not know are left alone, and the one that it predicts may be missing.
 */
public final class TableRows implements AutoCloseable {
    private final TableReader reader;
    private final TableSchema schema;
    private final int[] columns;
    private final List<Map<String, Integer>> places = new ArrayList<>();
    private final int label;
    private final Map<String, Unknown> unknown = new TreeMap<>();

    /**
     * Texts of a column that the training part did not hold: all features of the column are 0 for them.
     *
     * @param first where the first stands, and what it is
     */
    public record Unknown(long count, String first) {}

    /**
     * Opens a table as {@link Table#open} does.
     *
     * @param delimiter between cells; 0 finds it out
     * @throws JavelinException {@code JVL-DAT-0071} if the table lacks columns that the model needs
     */
    public TableRows(Path path, TableSchema schema, char delimiter) {
        this.reader = new TableReader(path, delimiter);
        this.schema = schema;
        List<String> names = reader.names();
        columns = schema.columns().stream()
                .mapToInt(column -> names.indexOf(column.name()))
                .toArray();
        label = names.indexOf(schema.target().name());
        requireColumns(path);
        for (Column column : schema.columns()) {
            Map<String, Integer> byText = new HashMap<>();
            if (column instanceof Column.Categories categories) {
                categories.values().forEach(value -> byText.put(value, byText.size()));
            }
            places.add(byText);
        }
    }

    private void requireColumns(Path path) {
        List<String> lacking = schema.columns().stream()
                .map(Column::name)
                .filter(name -> !reader.names().contains(name))
                .toList();
        if (!lacking.isEmpty()) {
            reader.close();
            throw new JavelinException(
                    "JVL-DAT-0071",
                    "the table " + path + " lacks the columns " + lacking + ", which the model was trained on",
                    "give a table with the same columns; this one has " + reader.names());
        }
    }

    /** The names of all columns in the file. */
    public List<String> names() {
        return reader.names();
    }

    /** Goes to the next row; false after the last. */
    public boolean next() {
        return reader.next();
    }

    /** All cells of the row as they stand in the file. */
    public List<String> cells() {
        return reader.cells();
    }

    /**
     * Writes the row's features.
     *
     * @param dtype FLOAT32 or FLOAT64
     * @param destination of F elements
     * @throws JavelinException {@code JVL-DAT-0064} for a text where numbers are needed, {@code 0065} for a missing value
     *     if the model was trained without any
     */
    public void features(DType dtype, MemorySegment destination) {
        FeatureRow target = new FeatureRow(destination, dtype);
        target.clear(schema.features());
        int at = 0;
        for (int i = 0; i < columns.length; i++) {
            String cell = reader.cell(columns[i]);
            requireValue(cell, schema.columns().get(i));
            switch (schema.columns().get(i)) {
                case Column.Numbers numbers -> target.set(at, numbers.feature(number(cell, numbers.name())));
                case Column.Categories categories -> {
                    Integer place = places.get(i).get(Cells.missing(cell) ? "" : cell);
                    if (place == null) {
                        count(categories.name(), cell);
                    } else {
                        target.set(at + place, 1);
                    }
                }
            }
            at += schema.columns().get(i).width();
        }
    }

    private void requireValue(String cell, Column column) {
        if (Cells.missing(cell) && schema.missing() == TableOptions.Missing.REFUSE) {
            throw new JavelinException(
                    "JVL-DAT-0065",
                    reader.place().column(column.name()) + " has no value",
                    "complete it, or train with data.missing=fill on a table that has such cells, too");
        }
    }

    private double number(String cell, String column) {
        double number = Cells.number(cell);
        if (Double.isNaN(number) && !Cells.missing(cell)) {
            throw new JavelinException(
                    "JVL-DAT-0064",
                    reader.place().column(column) + ": '" + cell + "' is no number",
                    "correct it: the model was trained on numbers in this column");
        }
        return number;
    }

    private void count(String column, String cell) {
        unknown.merge(
                column,
                new Unknown(1, reader.place() + ": '" + cell + "'"),
                (before, more) -> new Unknown(before.count + 1, before.first));
    }

    /** What was met so far and is not known, by column. */
    public Map<String, Unknown> unknown() {
        return Map.copyOf(unknown);
    }

    /**
     * What the row says about what is predicted: the number of its class, or its number.
     *
     * @return empty if the table has no such column, no value in this row, or a class that the model does not know
     */
    public OptionalDouble label() {
        if (label < 0 || Cells.missing(reader.cell(label))) {
            return OptionalDouble.empty();
        }
        String cell = reader.cell(label);
        double value = switch (schema.target()) {
            case ClassTarget target -> {
                int number = target.classes().indexOf(ClassTarget.canonical(cell));
                yield number < 0 ? Double.NaN : number;
            }
            case NumberTarget target -> Cells.number(cell);
        };
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    @Override
    public void close() {
        reader.close();
    }
}
