package dev.javelin.data.table;

import dev.javelin.api.JavelinException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The first pass over a table: how many rows, what each column is, which texts it holds.
 *
 * @param label index of the column that is predicted
 * @param classes of the label, in the order of their numbers; none for regression
 */
record TableScan(
        List<String> names,
        List<ColumnScan.Kind> kinds,
        List<List<String>> texts,
        int label,
        List<String> classes,
        long rows) {
    private static final int MOST_CLASSES = 100_000;
    private static final Set<String> LABELS = Set.of("label", "target", "class", "y");

    /** Reads the table once. */
    static TableScan of(Path path, TableOptions options) {
        try (TableReader reader = new TableReader(path, options.delimiter())) {
            List<String> names = reader.names();
            requireKnown(names, options.ignored(), "data.ignore", path);
            requireKnown(names, options.categorical(), "data.categorical", path);
            int label = label(names, options, path);
            List<ColumnScan> columns = columns(names, label, options);
            long rows = 0;
            while (reader.next()) {
                for (int i = 0; i < columns.size(); i++) {
                    if (i == label || !options.ignored().contains(names.get(i))) {
                        columns.get(i).add(reader.cell(i), reader);
                    }
                }
                rows++;
            }
            if (rows == 0) {
                throw new JavelinException(
                        "JVL-DAT-0003", "the table " + path + " has a header but no rows", "give a table with rows");
            }
            return decide(columns, label, rows, options, path);
        }
    }

    private static List<ColumnScan> columns(List<String> names, int label, TableOptions options) {
        List<ColumnScan> columns = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            boolean classes = i == label && options.task() == TableOptions.Task.CLASSIFICATION;
            columns.add(new ColumnScan(
                    names.get(i),
                    classes || options.categorical().contains(names.get(i)),
                    i == label ? MOST_CLASSES : options.mostCategories()));
        }
        return columns;
    }

    private static TableScan decide(List<ColumnScan> columns, int label, long rows, TableOptions options, Path path) {
        columns.get(label).requireLabel(options.task(), rows);
        List<ColumnScan.Kind> kinds = new ArrayList<>();
        List<List<String>> texts = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            ColumnScan column = columns.get(i);
            boolean out = i == label || options.ignored().contains(column.name());
            kinds.add(
                    out
                            ? ColumnScan.Kind.IGNORED
                            : column.feature(options.categorical().contains(column.name()), options));
            texts.add(kinds.get(i) == ColumnScan.Kind.CATEGORIES ? List.copyOf(column.texts()) : List.of());
        }
        List<String> names = columns.stream().map(ColumnScan::name).toList();
        if (kinds.stream().allMatch(kind -> kind == ColumnScan.Kind.IGNORED)) {
            throw new JavelinException(
                    "JVL-DAT-0062",
                    "the table " + path + " has no column to predict '" + names.get(label) + "' from: its columns are "
                            + names,
                    "give a table with more columns; if they are one only because of another delimiter, set"
                            + " data.delimiter");
        }
        return new TableScan(names, kinds, texts, label, classes(columns.get(label), options), rows);
    }

    private static List<String> classes(ColumnScan label, TableOptions options) {
        if (options.task() == TableOptions.Task.REGRESSION) {
            return List.of();
        }
        Stream<String> classes =
                label.texts().stream().map(ClassTarget::canonical).distinct();
        return label.onlyNumbers()
                ? classes.sorted(Comparator.comparingLong(Long::parseLong)).toList()
                : classes.sorted().toList();
    }

    private static int label(List<String> names, TableOptions options, Path path) {
        if (!options.label().isEmpty()) {
            requireKnown(names, List.of(options.label()), "data.label", path);
            return names.indexOf(options.label());
        }
        List<String> found = names.stream()
                .filter(name -> LABELS.contains(name.toLowerCase(Locale.ROOT)))
                .toList();
        if (found.size() != 1) {
            throw new JavelinException(
                    "JVL-DAT-0062",
                    "it was not said which column of " + path + " is to be predicted: "
                            + (found.isEmpty()
                                    ? "none is named label, target, class or y"
                                    : found + " all may be meant"),
                    "name it with data.label (--label): the columns are " + names);
        }
        return names.indexOf(found.getFirst());
    }

    private static void requireKnown(List<String> names, List<String> wanted, String key, Path path) {
        for (String name : wanted) {
            if (!names.contains(name)) {
                throw new JavelinException(
                        "JVL-DAT-0062",
                        "the table " + path + " has no column '" + name + "', which " + key + " names",
                        "use some of its columns: " + names);
            }
        }
    }
}
