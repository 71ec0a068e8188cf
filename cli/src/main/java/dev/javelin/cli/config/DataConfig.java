package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.models.MlpSpec;
import dev.javelin.models.ModelSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The text, or the table, that is trained on.
 *
 * @param path a file, or a folder whose files are read; null for the bundled book
 * @param tokens how text becomes tokens: {@code bytes}
 * @param block T, tokens of a row
 * @param batch B, rows of one optimizer step
 * @param validation fraction of the text, at its end, or of the table's rows that is kept for validation
 * @param table how a table is read; null for text
 */
public record DataConfig(
        @Nullable Path path,
        String tokens,
        long block,
        long batch,
        double validation,
        @Nullable TableConfig table) {

    static DataConfig read(Settings settings, ModelSpec model, long defaultBlock, long defaultBatch) {
        boolean table = model instanceof MlpSpec;
        if (table) {
            requireNoText(settings, model);
        } else {
            TableConfig.requireNone(settings, model.family());
        }
        return new DataConfig(
                settings.find("data.path")
                        .map(setting -> Path.of(setting.text()).toAbsolutePath().normalize())
                        .orElse(null),
                settings.choice("data.tokens", "bytes", List.of("bytes")),
                settings.integer("data.block", defaultBlock, 1, Integer.MAX_VALUE),
                settings.integer("data.batch", defaultBatch, 1, Integer.MAX_VALUE),
                settings.number("data.validation", 0.1, 0, 1),
                table ? TableConfig.read(settings) : null);
    }

    private static void requireNoText(Settings settings, ModelSpec model) {
        for (String key : List.of("data.tokens", "data.block")) {
            settings.find(key).ifPresent(setting -> {
                throw new JavelinException(
                        "JVL-CFG-0080",
                        setting.place() + ": " + key + " is a setting of text, but a model of family '" + model.family()
                                + "' is trained on a table",
                        "remove it, or train a language model");
            });
        }
    }

    SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        if (path != null) {
            tree.put("path", path.toString());
        }
        if (table == null) {
            tree.put("tokens", tokens);
            tree.put("block", block);
        }
        tree.put("batch", batch);
        tree.put("validation", validation);
        if (table != null) {
            tree.putAll(table.tree());
        }
        return tree;
    }
}
