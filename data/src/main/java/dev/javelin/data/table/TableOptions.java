package dev.javelin.data.table;

import java.util.List;

/**
 * How a table is read.
 *
 * @param label name of the column that is to be predicted; empty looks for one named label, target, class or y
 * @param task what the label is
 * @param ignored columns that are left out, such as ids
 * @param categorical columns of categories although they look like numbers, such as postal codes
 * @param missing what becomes of cells without a value
 * @param delimiter between cells; 0 takes a tab for {@code .tsv} and {@code .tab}, else what the header is parted by
 * @param mostCategories of one column: each becomes an input of the model
 */
public record TableOptions(
        String label,
        Task task,
        List<String> ignored,
        List<String> categorical,
        Missing missing,
        char delimiter,
        int mostCategories) {

    /** What is predicted: a class or a number. */
    public enum Task {
        CLASSIFICATION,
        REGRESSION
    }

    /**
     * A table with cells that have no value (nothing, {@code NA}, {@code N/A}, {@code NaN}, {@code null} or {@code ?}) is
     * refused, or numbers are taken as the mean of the training part and for texts having no value is a category.
     */
    public enum Missing {
        REFUSE,
        FILL
    }

    public TableOptions {
        ignored = List.copyOf(ignored);
        categorical = List.copyOf(categorical);
    }

    /** Classes in a column of this name; nothing ignored, nothing missing, up to 100 categories. */
    public static TableOptions of(String label) {
        return new TableOptions(label, Task.CLASSIFICATION, List.of(), List.of(), Missing.REFUSE, '\0', 100);
    }

    public TableOptions withTask(Task other) {
        return new TableOptions(label, other, ignored, categorical, missing, delimiter, mostCategories);
    }

    public TableOptions withIgnored(String... columns) {
        return new TableOptions(label, task, List.of(columns), categorical, missing, delimiter, mostCategories);
    }

    public TableOptions withCategorical(String... columns) {
        return new TableOptions(label, task, ignored, List.of(columns), missing, delimiter, mostCategories);
    }

    public TableOptions withMissing(Missing other) {
        return new TableOptions(label, task, ignored, categorical, other, delimiter, mostCategories);
    }

    public TableOptions withDelimiter(char other) {
        return new TableOptions(label, task, ignored, categorical, missing, other, mostCategories);
    }

    public TableOptions withMostCategories(int most) {
        return new TableOptions(label, task, ignored, categorical, missing, delimiter, most);
    }
}
