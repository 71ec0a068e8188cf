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
 * @param path a file, or a folder whose files are read, or token ids in Arrow files; null for the bundled book
 * @param text how text becomes tokens
 * @param block T, tokens of a row
 * @param batch B, rows of one optimizer step
 * @param validation fraction of the text, at its end, or of the table's rows that is kept for validation
 * @param table how a table is read; null for text
 */
public record DataConfig(
        @Nullable Path path,
        TextConfig text,
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
                TextConfig.read(settings),
                settings.integer("data.block", defaultBlock, 1, Integer.MAX_VALUE),
                settings.integer("data.batch", defaultBatch, 1, Integer.MAX_VALUE),
                validation(settings),
                table ? TableConfig.read(settings) : null);
    }

    private static void requireNoText(Settings settings, ModelSpec model) {
        for (String key : List.of("data.tokens", "data.block", "data.column", "data.validationPath", "data.cache")) {
            settings.find(key).ifPresent(setting -> {
                throw new JavelinException(
                        "JVL-CFG-0080",
                        setting.place() + ": " + key + " is a setting of text, but a model of family '" + model.family()
                                + "' is trained on a table",
                        "remove it, or train a language model");
            });
        }
    }

    /** The share that is held back: none if what is validated on has a path of its own. */
    private static double validation(Settings settings) {
        if (!settings.has("data.validationPath")) {
            return settings.number("data.validation", 0.1, 0, 1);
        }
        settings.find("data.validation").ifPresent(share -> {
            throw new JavelinException(
                    "JVL-CFG-0084",
                    share.place() + ": both data.validation and data.validationPath are given",
                    "hold back a share of data.path, or validate on another path");
        });
        return 0;
    }

    /** Whether there is anything to validate on. */
    public boolean validates() {
        return validation > 0 || text.validationPath() != null;
    }

    SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        if (path != null) {
            tree.put("path", path.toString());
        }
        if (table == null) {
            text.addTo(tree);
            tree.put("block", block);
        }
        tree.put("batch", batch);
        if (text.validationPath() == null) {
            tree.put("validation", validation);
        }
        if (table != null) {
            tree.putAll(table.tree());
        }
        return tree;
    }
}
