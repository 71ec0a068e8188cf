package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.data.table.TableOptions;
import dev.javelin.models.MlpSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/** How a table is read: the settings {@code data.label} to {@code data.mostCategories}, for models that learn from tables. */
public record TableConfig(
        String label,
        List<String> ignored,
        List<String> categorical,
        TableOptions.Missing missing,
        String delimiter,
        int mostCategories) {
    private static final int MOST = 1_000_000;
    private static final List<String> KEYS =
            List.of("label", "ignore", "categorical", "missing", "delimiter", "mostCategories");
    private static final Map<String, Character> DELIMITERS =
            Map.of("auto", '\0', "comma", ',', "tab", '\t', "semicolon", ';', "pipe", '|');

    static TableConfig read(Settings settings) {
        return new TableConfig(
                settings.text("data.label", ""),
                names(settings, "data.ignore"),
                names(settings, "data.categorical"),
                TableOptions.Missing.valueOf(settings.choice("data.missing", "refuse", List.of("refuse", "fill"))
                        .toUpperCase(Locale.ROOT)),
                settings.choice(
                        "data.delimiter",
                        "auto",
                        DELIMITERS.keySet().stream().sorted().toList()),
                (int) settings.integer("data.mostCategories", 100, 1, MOST));
    }

    /**
     * Refuses settings of tables where text is trained on.
     *
     * @throws JavelinException {@code JVL-CFG-0080}
     */
    static void requireNone(Settings settings, String family) {
        for (String key : KEYS) {
            settings.items("data." + key);
            boolean list = settings.items("data." + key) > 0;
            if (settings.has("data." + key) || list) {
                throw new JavelinException(
                        "JVL-CFG-0080",
                        settings.find(list ? "data." + key + "[0]" : "data." + key)
                                        .orElseThrow()
                                        .place() + ": data." + key + " is a setting of tables, but a model of family '"
                                + family + "' is trained on text",
                        "remove it, or train on a table with --model mlp");
            }
        }
    }

    /** Names parted by commas, or a list. */
    private static List<String> names(Settings settings, String key) {
        List<String> names = new ArrayList<>();
        int items = settings.items(key);
        for (int i = 0; i < items; i++) {
            names.add(settings.text(key + "[" + i + "]", ""));
        }
        if (items == 0) {
            Arrays.stream(settings.text(key, "").split(","))
                    .map(String::strip)
                    .filter(name -> !name.isEmpty())
                    .forEach(names::add);
        }
        return List.copyOf(names);
    }

    /** The options for reading the table. */
    public TableOptions options(MlpSpec.Task task) {
        TableOptions.Task predicted =
                task == MlpSpec.Task.REGRESSION ? TableOptions.Task.REGRESSION : TableOptions.Task.CLASSIFICATION;
        return new TableOptions(label, predicted, ignored, categorical, missing, delimiterCharacter(), mostCategories);
    }

    /** The character; 0 to find it out. */
    public char delimiterCharacter() {
        return DELIMITERS.getOrDefault(delimiter, '\0');
    }

    SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        if (!label.isEmpty()) {
            tree.put("label", label);
        }
        if (!ignored.isEmpty()) {
            tree.put("ignore", ignored);
        }
        if (!categorical.isEmpty()) {
            tree.put("categorical", categorical);
        }
        tree.put("missing", missing.name().toLowerCase(Locale.ROOT));
        tree.put("delimiter", delimiter);
        tree.put("mostCategories", mostCategories);
        return tree;
    }
}
