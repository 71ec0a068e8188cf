package dev.javelin.data.table;

import dev.javelin.api.JavelinException;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one column holds, found out in a first pass over the table. */
final class ColumnScan {
    /** What a column becomes. */
    enum Kind {
        NUMBERS,
        CATEGORIES,
        IGNORED
    }

    private final String name;
    private final boolean everyText;
    private final int most;
    private final TreeSet<String> texts = new TreeSet<>();
    private long numbers;
    private long words;
    private long missing;
    private @Nullable Place firstMissing;
    private @Nullable Place firstWord;
    private String firstWordText = "";
    private @Nullable Place firstFraction;
    private String firstFractionText = "";

    /**
     * @param everyText whether numbers, too, are collected as texts
     * @param most how many different texts are collected
     */
    ColumnScan(String name, boolean everyText, int most) {
        this.name = name;
        this.everyText = everyText;
        this.most = most;
    }

    void add(String cell, TableReader row) {
        if (Cells.missing(cell)) {
            missing++;
            firstMissing = firstMissing == null ? row.place() : firstMissing;
            return;
        }
        double number = Cells.number(cell);
        if (Double.isNaN(number)) {
            words++;
            if (firstWord == null) {
                firstWord = row.place();
                firstWordText = cell;
            }
            collect(cell);
        } else {
            numbers++;
            if (firstFraction == null && !Cells.whole(number)) {
                firstFraction = row.place();
                firstFractionText = cell;
            }
            if (everyText) {
                collect(cell);
            }
        }
    }

    /** One more than allowed stays, to be told from as many as allowed. */
    private void collect(String text) {
        if (texts.size() <= most) {
            texts.add(text);
        }
    }

    String name() {
        return name;
    }

    /** All different texts, sorted. */
    TreeSet<String> texts() {
        return texts;
    }

    boolean onlyNumbers() {
        return words == 0;
    }

    /**
     * What the column becomes as a feature.
     *
     * @throws JavelinException {@code JVL-DAT-0063} to {@code 0066} if it can be none
     */
    Kind feature(boolean categorical, TableOptions options) {
        requireMissingAllowed(options);
        if (numbers + words == 0) {
            throw new JavelinException(
                    "JVL-DAT-0063", "column '" + name + "' has no value in any row", leaveOut("leave it out"));
        }
        if (!categorical && numbers > 0 && words > 0) {
            throw new JavelinException(
                    "JVL-DAT-0064",
                    place(firstWord) + ": '" + firstWordText + "' is no number, but " + numbers
                            + " other cells of the column are",
                    leaveOut("correct it, say that the column holds categories with data.categorical=" + name
                            + ", or leave it out"));
        }
        if (!categorical && words == 0) {
            return Kind.NUMBERS;
        }
        if (texts.size() > most) {
            throw new JavelinException(
                    "JVL-DAT-0066",
                    "column '" + name + "' holds more than " + most + " different texts, such as '" + texts.first()
                            + "' and '" + texts.last() + "', and each would be an input of the model",
                    leaveOut("raise data.mostCategories, or leave it out"));
        }
        return Kind.CATEGORIES;
    }

    private void requireMissingAllowed(TableOptions options) {
        if (missing > 0 && options.missing() == TableOptions.Missing.REFUSE) {
            throw new JavelinException(
                    "JVL-DAT-0065",
                    place(firstMissing) + " has no value"
                            + (missing > 1 ? ", nor have " + (missing - 1) + " other cells of the column" : ""),
                    leaveOut("correct it, say data.missing=fill (numbers count as the mean, texts as a category of"
                            + " their own), or leave the column out"));
        }
    }

    /**
     * Looks whether the column can be what is predicted.
     *
     * @throws JavelinException {@code JVL-DAT-0067} to {@code 0069} if not
     */
    void requireLabel(TableOptions.Task task, long rows) {
        if (missing > 0) {
            throw new JavelinException(
                    "JVL-DAT-0067",
                    place(firstMissing) + " has no value, and it is what is to be predicted",
                    "complete it or remove the row");
        }
        if (task == TableOptions.Task.REGRESSION) {
            if (words > 0) {
                throw new JavelinException(
                        "JVL-DAT-0068",
                        place(firstWord) + ": '" + firstWordText + "' is no number",
                        "correct it, or predict classes with model.task=classification");
            }
            return;
        }
        if (words == 0 && firstFraction != null) {
            throw new JavelinException(
                    "JVL-DAT-0068",
                    place(firstFraction) + ": '" + firstFractionText + "' is no class but a measure",
                    "predict numbers with model.task=regression, or name another column with data.label (--label)");
        }
        requireClasses(rows);
    }

    private void requireClasses(long rows) {
        if (texts.size() < 2) {
            throw new JavelinException(
                    "JVL-DAT-0069",
                    "all rows have the class '" + texts.first() + "' in column '" + name + "'",
                    "give rows of two classes or more");
        }
        if (texts.size() > most || (texts.size() > 20 && texts.size() > rows / 2)) {
            throw new JavelinException(
                    "JVL-DAT-0069",
                    "column '" + name + "' has " + (texts.size() > most ? "more than " + most : texts.size())
                            + " classes in " + rows + " rows",
                    "name the column that is to be predicted with data.label (--label); numbers are predicted with"
                            + " model.task=regression");
        }
    }

    private String place(@Nullable Place place) {
        return java.util.Objects.requireNonNull(place).column(name);
    }

    private String leaveOut(String remedy) {
        return remedy + " with data.ignore=" + name;
    }
}
