package dev.javelin.data.table;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a {@link Table} as inputs of a model: field {@code features}, floating [F], and field {@code label}, INT32 []
 * for a class (padding rows have the class −1, which losses ignore) or floating [] for a number. Numbers are
 * standardised and texts are one-hot, by what the training part holds: see {@link Column}.
 */
public final class TabularDataset implements Dataset {
    private final Table table;
    private final TableSchema schema;
    private final int[] rows;
    private final DType dtype;
    private final int[] columns;
    private final int[][] places;
    private final List<Field> fields;

    /**
     * Training and validation data.
     *
     * @param validation null if nothing was held back
     */
    public record Split(TabularDataset train, @Nullable TabularDataset validation) {
        /** How columns become features; the same for both. */
        public TableSchema schema() {
            return train.schema;
        }

        /** With features, and a label that is a number, of this floating type; FLOAT32 if nothing is said. */
        public Split withDType(DType dtype) {
            return new Split(train.withDType(dtype), validation == null ? null : validation.withDType(dtype));
        }
    }

    TabularDataset(Table table, TableSchema schema, int[] rows) {
        this(table, schema, rows, DType.FLOAT32);
    }

    private TabularDataset(Table table, TableSchema schema, int[] rows, DType dtype) {
        this.table = table;
        this.schema = schema;
        this.rows = rows;
        this.dtype = dtype;
        columns = table.featureColumns();
        places = new int[columns.length][];
        for (int i = 0; i < columns.length; i++) {
            places[i] = schema.columns().get(i) instanceof Column.Categories categories
                    ? table.places(columns[i], categories)
                    : new int[0];
        }
        fields = fields(schema.features(), schema.target() instanceof ClassTarget, dtype);
    }

    /** What rows of a table look like to a model. */
    public static List<Field> fields(long features, boolean classes, DType dtype) {
        return List.of(
                new Field("features", TensorType.of(dtype, features), 0),
                new Field("label", TensorType.of(classes ? DType.INT32 : dtype), classes ? -1 : 0));
    }

    /** The same rows with another floating type. */
    public TabularDataset withDType(DType other) {
        return new TabularDataset(table, schema, rows, other);
    }

    public TableSchema schema() {
        return schema;
    }

    @Override
    public List<Field> fields() {
        return fields;
    }

    @Override
    public long rows() {
        return rows.length;
    }

    @Override
    public void read(long row, Field field, MemorySegment destination) {
        int at = rows[(int) Objects.checkIndex(row, rows.length)];
        if (field.name().equals("features")) {
            readFeatures(at, new FeatureRow(destination, dtype));
            return;
        }
        switch (schema.target()) {
            case ClassTarget classes -> FeatureRow.writeClass(destination, (int) table.label(at));
            case NumberTarget number -> new FeatureRow(destination, dtype).set(0, number.standardised(table.label(at)));
        }
    }

    private void readFeatures(int row, FeatureRow target) {
        target.clear(schema.features());
        int at = 0;
        for (int i = 0; i < columns.length; i++) {
            Column column = schema.columns().get(i);
            switch (column) {
                case Column.Numbers numbers -> target.set(at, numbers.feature(table.number(columns[i], row)));
                case Column.Categories categories -> {
                    int place = places[i][table.code(columns[i], row) + 1];
                    if (place >= 0) {
                        target.set(at + place, 1);
                    }
                }
            }
            at += column.width();
        }
    }
}
