package dev.javelin.cli.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The text that is trained on.
 *
 * @param path a file, or a folder whose files are read; null for the bundled book
 * @param tokens how text becomes tokens: {@code bytes}
 * @param block T, tokens of a row
 * @param batch B, rows of one optimizer step
 * @param validation fraction of the text, at its end, that is kept for validation
 */
public record DataConfig(@Nullable Path path, String tokens, long block, long batch, double validation) {

    static DataConfig read(Settings settings, long defaultBlock, long defaultBatch) {
        return new DataConfig(
                settings.find("data.path")
                        .map(setting -> Path.of(setting.text()).toAbsolutePath().normalize())
                        .orElse(null),
                settings.choice("data.tokens", "bytes", List.of("bytes")),
                settings.integer("data.block", defaultBlock, 1, Integer.MAX_VALUE),
                settings.integer("data.batch", defaultBatch, 1, Integer.MAX_VALUE),
                settings.number("data.validation", 0.1, 0, 1));
    }

    SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        if (path != null) {
            tree.put("path", path.toString());
        }
        tree.put("tokens", tokens);
        tree.put("block", block);
        tree.put("batch", batch);
        tree.put("validation", validation);
        return tree;
    }
}
