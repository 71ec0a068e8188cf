package dev.javelin.data.table;

import dev.javelin.api.JavelinException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table in memory, as primitive arrays by column: 8 bytes for a number, 4 for a text, whatever the size of the file.
 * The file is read twice, row by row: first to learn what the columns are, then for their values.
 *
 * <pre>{@code
 * Table table = Table.open(Path.of("iris.csv"), TableOptions.of("species"));
 * TabularDataset.Split data = table.split(0.2, 1);
 * }</pre>
 */
public final class Table {
    private final TableOptions options;
    private final TableScan scan;
    private final double[][] numbers;
    private final int[][] codes;
    private final double[] label;

    private Table(TableOptions options, TableScan scan) {
        this.options = options;
        this.scan = scan;
        int rows = Math.toIntExact(scan.rows());
        int columns = scan.names().size();
        numbers = new double[columns][];
        codes = new int[columns][];
        for (int i = 0; i < columns; i++) {
            numbers[i] = new double[scan.kinds().get(i) == ColumnScan.Kind.NUMBERS ? rows : 0];
            codes[i] = new int[scan.kinds().get(i) == ColumnScan.Kind.CATEGORIES ? rows : 0];
        }
        label = new double[rows];
    }

    /**
     * Reads a CSV or TSV file with a header, in UTF-8, or all {@code .csv}, {@code .tsv} and {@code .tab} files of a folder
     * and the folders in it, which have one header, in the order of their relative paths.
     *
     * @throws JavelinException {@code JVL-DAT-0001} to {@code 0003} if there is nothing to read, {@code 0060} to {@code
     *     0070} for a table that cannot be used, with file, line and column
     */
    public static Table open(Path path, TableOptions options) {
        Table table = new Table(options, TableScan.of(path, options));
        table.read(path);
        return table;
    }

    private void read(Path path) {
        try (TableReader reader = new TableReader(path, options.delimiter())) {
            int row = 0;
            while (reader.next()) {
                if (row == label.length || !reader.names().equals(scan.names())) {
                    throw changed(path);
                }
                read(row++, reader, path);
            }
            if (row < label.length) {
                throw changed(path);
            }
        }
    }

    private void read(int row, TableReader reader, Path path) {
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i].length > 0) {
                numbers[i][row] = Cells.missing(reader.cell(i)) ? Double.NaN : Cells.number(reader.cell(i));
            } else if (codes[i].length > 0) {
                codes[i][row] = code(scan.texts().get(i), reader.cell(i), path);
            }
        }
        String cell = reader.cell(scan.label());
        label[row] = options.task() == TableOptions.Task.REGRESSION
                ? Cells.number(cell)
                : require(scan.classes().indexOf(ClassTarget.canonical(cell)), path);
    }

    /** The place among the sorted texts; −1 for a missing value. */
    private static int code(List<String> texts, String cell, Path path) {
        return Cells.missing(cell) ? -1 : require(Collections.binarySearch(texts, cell), path);
    }

    private static int require(int code, Path path) {
        if (code < 0) {
            throw changed(path);
        }
        return code;
    }

    private static JavelinException changed(Path path) {
        return new JavelinException(
                "JVL-DAT-0070", path + " changed while it was read", "let nothing write the table meanwhile");
    }

    public long rows() {
        return label.length;
    }

    /**
     * Holds rows back for validation: those that the seed chooses, the same for the same table and seed whatever its
     * columns. What the columns become is learnt from the other rows alone.
     *
     * @param share of the rows to hold back, 0 (none) to below 1
     * @throws JavelinException {@code JVL-DAT-0005} if the share is none, {@code 0004} if no row is left on a side
     */
    public TabularDataset.Split split(double share, long seed) {
        RowSplit rows = RowSplit.of(label.length, share, seed);
        TableSchema schema = schema(rows.train());
        TabularDataset train = new TabularDataset(this, schema, rows.train());
        @Nullable
        TabularDataset validation =
                rows.validation().length == 0 ? null : new TabularDataset(this, schema, rows.validation());
        return new TabularDataset.Split(train, validation);
    }

    private TableSchema schema(int[] rows) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < numbers.length; i++) {
            String name = scan.names().get(i);
            if (numbers[i].length > 0) {
                Moments moments = Moments.of(numbers[i], rows);
                columns.add(new Column.Numbers(name, moments.mean(), moments.scale()));
            } else if (codes[i].length > 0) {
                columns.add(new Column.Categories(name, values(i, rows)));
            }
        }
        return new TableSchema(columns, target(rows), options.missing());
    }

    private Target target(int[] rows) {
        String name = scan.names().get(scan.label());
        if (options.task() == TableOptions.Task.CLASSIFICATION) {
            return new ClassTarget(name, scan.classes());
        }
        Moments moments = Moments.of(label, rows);
        return new NumberTarget(name, moments.mean(), moments.scale());
    }

    private List<String> values(int column, int[] rows) {
        boolean[] held = new boolean[scan.texts().get(column).size() + 1];
        for (int row : rows) {
            held[codes[column][row] + 1] = true;
        }
        List<String> values = new ArrayList<>();
        for (int code = -1; code < held.length - 1; code++) {
            if (held[code + 1]) {
                values.add(text(column, code));
            }
        }
        return values;
    }

    private String text(int column, int code) {
        return code < 0 ? "" : scan.texts().get(column).get(code);
    }

    /** Columns that are features, in the order of the schema. */
    int[] featureColumns() {
        int[] all = new int[numbers.length];
        int count = 0;
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i].length > 0 || codes[i].length > 0) {
                all[count++] = i;
            }
        }
        return Arrays.copyOf(all, count);
    }

    double number(int column, int row) {
        return numbers[column][row];
    }

    int code(int column, int row) {
        return codes[column][row];
    }

    /** For each code of a column, from −1 on, the place of its text in the schema's column; −1 for none. */
    int[] places(int column, Column.Categories schema) {
        int[] places = new int[scan.texts().get(column).size() + 1];
        for (int i = 0; i < places.length; i++) {
            places[i] = schema.values().indexOf(text(column, i - 1));
        }
        return places;
    }

    /** A class number or a number. */
    double label(int row) {
        return label[Objects.checkIndex(row, label.length)];
    }
}
