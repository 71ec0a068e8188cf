package dev.javelin.data;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Rows from arrays: tabular data, tests, golden cases. Arrays hold the rows one after the other and are not copied: do
 * not change them.
 *
 * <pre>{@code
 * Dataset data = InMemoryDataset.of(150).withFloats("features", measurements, 4).withLabels("label", species);
 * }</pre>
 */
public final class InMemoryDataset implements Dataset {
    private final long rows;
    private final SequencedMap<String, Column> columns;

    private record Column(Field field, MemorySegment values) {}

    private InMemoryDataset(long rows, SequencedMap<String, Column> columns) {
        this.rows = rows;
        this.columns = columns;
    }

    /** Rows without any field yet. */
    public static InMemoryDataset of(long rows) {
        if (rows < 1) {
            throw new JavelinException("JVL-DAT-0003", "the data has " + rows + " rows", "give at least one row");
        }
        return new InMemoryDataset(rows, new LinkedHashMap<>());
    }

    /** With a FLOAT32 field; a row's part has these dims. Padding rows are 0. */
    public InMemoryDataset withFloats(String name, float[] values, long... dims) {
        return with(name, TensorType.of(DType.FLOAT32, dims), 0, MemorySegment.ofArray(values));
    }

    /** With a FLOAT64 field; a row's part has these dims. Padding rows are 0. */
    public InMemoryDataset withDoubles(String name, double[] values, long... dims) {
        return with(name, TensorType.of(DType.FLOAT64, dims), 0, MemorySegment.ofArray(values));
    }

    /** With an INT32 field; a row's part has these dims. */
    public InMemoryDataset withInts(String name, int[] values, int padding, long... dims) {
        return with(name, TensorType.of(DType.INT32, dims), padding, MemorySegment.ofArray(values));
    }

    /** With one class per row, INT32 []; padding rows have the class −1, which losses ignore. */
    public InMemoryDataset withLabels(String name, int[] values) {
        return withInts(name, values, -1);
    }

    private InMemoryDataset with(String name, TensorType row, double padding, MemorySegment values) {
        long expected = Math.multiplyExact(rows, row.bytes());
        if (values.byteSize() != expected) {
            throw new JavelinException(
                    "JVL-DAT-0008",
                    "field '" + name + "' has "
                            + values.byteSize() / row.dtype().bytes() + " values, expected "
                            + expected / row.dtype().bytes() + " (" + rows + " rows of " + row + ")",
                    "give all rows one after the other");
        }
        if (columns.containsKey(name)) {
            throw new JavelinException("JVL-DAT-0009", "field '" + name + "' is given twice", "name each field once");
        }
        SequencedMap<String, Column> copy = new LinkedHashMap<>(columns);
        copy.put(name, new Column(new Field(name, row, padding), values));
        return new InMemoryDataset(rows, copy);
    }

    @Override
    public List<Field> fields() {
        List<Field> fields = new ArrayList<>();
        columns.forEach((name, column) -> fields.add(column.field));
        return fields;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public void read(long row, Field field, MemorySegment destination) {
        Objects.checkIndex(row, rows);
        Column column = Objects.requireNonNull(columns.get(field.name()), field.name());
        long bytes = column.field.row().bytes();
        MemorySegment.copy(column.values, row * bytes, destination, 0, bytes);
    }
}
