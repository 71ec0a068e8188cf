package dev.javelin.data.table;

import dev.javelin.api.JavelinException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * How the columns of a table become the inputs of a model, as it was in training: what has to be kept with the weights.
 * {@code of(schema.tree())} equals {@code schema}.
 *
 * @param columns in the order of their features
 * @param missing what becomes of cells without a value
 */
public record TableSchema(List<Column> columns, Target target, TableOptions.Missing missing) {
    private static final String NUMBERS = "numbers";
    private static final String CATEGORIES = "categories";

    public TableSchema {
        columns = List.copyOf(columns);
    }

    /** F, number of features of a row. */
    public int features() {
        return columns.stream().mapToInt(Column::width).sum();
    }

    /** Number of classes; 1 for a number. */
    public int outputs() {
        return switch (target) {
            case ClassTarget classes -> classes.classes().size();
            case NumberTarget number -> 1;
        };
    }

    /** As nested maps, lists, texts and numbers, for JSON. */
    public SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("missing", missing.name());
        tree.put("columns", columns.stream().map(TableSchema::tree).toList());
        tree.put(
                "target",
                switch (target) {
                    case ClassTarget classes -> tree(classes.name(), "classes", classes.classes());
                    case NumberTarget number ->
                        tree(number.name(), NUMBERS, List.of(number.mean(), number.deviation()));
                });
        return tree;
    }

    private static Object tree(Column column) {
        return switch (column) {
            case Column.Numbers numbers -> tree(numbers.name(), NUMBERS, List.of(numbers.mean(), numbers.deviation()));
            case Column.Categories categories -> tree(categories.name(), CATEGORIES, categories.values());
        };
    }

    private static SequencedMap<String, Object> tree(String name, String kind, List<?> values) {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", name);
        tree.put(kind, values);
        return tree;
    }

    /**
     * Reads what {@link #tree} gives.
     *
     * @throws JavelinException {@code JVL-DAT-0074} for anything else
     */
    public static TableSchema of(Map<String, ?> tree) {
        try {
            List<Column> columns = new ArrayList<>();
            for (Object each : value(tree, "columns", List.class)) {
                columns.add(column((Map<?, ?>) each));
            }
            Map<?, ?> target = value(tree, "target", Map.class);
            String name = value(target, "name", String.class);
            return new TableSchema(
                    columns,
                    target.containsKey("classes")
                            ? new ClassTarget(name, texts(target, "classes"))
                            : new NumberTarget(name, number(target, 0), number(target, 1)),
                    TableOptions.Missing.valueOf(value(tree, "missing", String.class)));
        } catch (ClassCastException | NullPointerException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new JavelinException(
                    "JVL-DAT-0074", "this is no description of a table: " + tree, "give what tree() has written", e);
        }
    }

    private static Column column(Map<?, ?> node) {
        String name = value(node, "name", String.class);
        return node.containsKey(NUMBERS)
                ? new Column.Numbers(name, number(node, 0), number(node, 1))
                : new Column.Categories(name, texts(node, CATEGORIES));
    }

    private static double number(Map<?, ?> node, int index) {
        return ((Number) value(node, NUMBERS, List.class).get(index)).doubleValue();
    }

    private static List<String> texts(Map<?, ?> node, String key) {
        List<String> texts = new ArrayList<>();
        for (Object text : value(node, key, List.class)) {
            texts.add((String) text);
        }
        return texts;
    }

    private static <T> T value(Map<?, ?> node, String key, Class<T> type) {
        return Objects.requireNonNull(type.cast(node.get(key)));
    }
}
