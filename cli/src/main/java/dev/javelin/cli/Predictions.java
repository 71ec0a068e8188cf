package dev.javelin.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.javelin.cli.run.Predictor;
import dev.javelin.data.table.ClassTarget;
import dev.javelin.data.table.NumberTarget;
import dev.javelin.data.table.TableRows;
import dev.javelin.data.table.TableSchema;
import dev.javelin.data.table.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A table with predictions behind its columns: {@code prediction}, and for classes {@code probability CLASS} each. Where
 * the table says what is right, it is measured.
 */
final class Predictions {
    private static final String PREDICTION = "prediction";

    private final Target target;
    private final Predictor predictor;
    private long rows;
    private long labelled;
    private double sum;

    Predictions(TableSchema schema, Predictor predictor) {
        this.target = schema.target();
        this.predictor = predictor;
    }

    /**
     * Writes header and rows.
     *
     * @param written runs after each batch
     */
    void write(TableRows table, CsvWriter csv, Runnable written) {
        List<String> header = new ArrayList<>(table.names());
        header.add(PREDICTION);
        if (target instanceof ClassTarget classes) {
            classes.classes().forEach(name -> header.add("probability " + name));
        }
        csv.writeRecord(header);
        List<List<String>> cells = new ArrayList<>();
        List<OptionalDouble> labels = new ArrayList<>();
        boolean more = table.next();
        while (more) {
            table.features(predictor.dtype(), predictor.row(cells.size()));
            cells.add(table.cells());
            labels.add(table.label());
            more = table.next();
            if (cells.size() == predictor.batch() || !more) {
                predictor.predict(cells.size());
                for (int i = 0; i < cells.size(); i++) {
                    csv.writeRecord(record(cells.get(i), i, labels.get(i)));
                }
                rows += cells.size();
                cells.clear();
                labels.clear();
                written.run();
            }
        }
        if (rows == 0) {
            written.run();
        }
    }

    private List<String> record(List<String> cells, int row, OptionalDouble label) {
        List<String> record = new ArrayList<>(cells);
        switch (target) {
            case ClassTarget classes -> {
                int best = best(row);
                record.add(classes.classes().get(best));
                for (int i = 0; i < predictor.outputs(); i++) {
                    record.add(text(predictor.output(row, i)));
                }
                label.ifPresent(right -> measure(right == best ? 1 : 0));
            }
            case NumberTarget numbers -> {
                double number = numbers.number(predictor.output(row, 0));
                record.add(text(number));
                label.ifPresent(right -> measure((right - number) * (right - number)));
            }
        }
        return record;
    }

    /** With as many digits as the precision holds. */
    private String text(double value) {
        return predictor.dtype().bytes() == Float.BYTES ? Float.toString((float) value) : Double.toString(value);
    }

    private int best(int row) {
        int best = 0;
        for (int i = 1; i < predictor.outputs(); i++) {
            if (predictor.output(row, i) > predictor.output(row, best)) {
                best = i;
            }
        }
        return best;
    }

    private void measure(double value) {
        labelled++;
        sum += value;
    }

    Target target() {
        return target;
    }

    long rows() {
        return rows;
    }

    /** How many rows say what is right. */
    long labelled() {
        return labelled;
    }

    /** Over them, the share of right classes, or the root of the mean squared error. */
    double measure() {
        double mean = sum / labelled;
        return target instanceof ClassTarget ? mean : Math.sqrt(mean);
    }
}
