package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.data.corpus.Corpus;
import dev.javelin.data.tokenize.ByteTokenizer;
import dev.javelin.data.tokenize.Gpt2Tokenizer;
import dev.javelin.data.tokenize.IdTokenizer;
import dev.javelin.data.tokenize.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * How text becomes tokens, or which tokens there are.
 *
 * @param tokens {@code auto} (that of a corpus; bytes for text), {@code bytes}, {@code gpt2}, {@code ids}, or the absolute
 *     path of a tokenizer.json
 * @param column of token ids in Arrow files; null to find it
 * @param validationPath what is validated on; null for a share of what is trained on
 * @param cache folder for the corpora that fit makes of text; null for one in the user's home
 */
public record TextConfig(
        String tokens,
        @Nullable String column,
        @Nullable Path validationPath,
        @Nullable Path cache) {
    private static final List<String> WORDS =
            List.of(Corpus.AUTO, ByteTokenizer.NAME, Gpt2Tokenizer.NAME, IdTokenizer.NAME);

    static TextConfig read(Settings settings) {
        return new TextConfig(
                tokens(settings),
                settings.find("data.column").map(Setting::text).orElse(null),
                path(settings, "data.validationPath"),
                path(settings, "data.cache"));
    }

    private static String tokens(Settings settings) {
        String tokens = settings.text("data.tokens", Corpus.AUTO);
        return WORDS.contains(tokens) ? tokens : absolute(tokens).toString();
    }

    private static @Nullable Path path(Settings settings, String key) {
        return settings.find(key).map(setting -> absolute(setting.text())).orElse(null);
    }

    private static Path absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize();
    }

    /** Folder for the corpora that fit makes of text. */
    public Path cacheFolder() {
        return cache != null ? cache : Path.of(System.getProperty("user.home"), ".cache", "javelin", "corpora");
    }

    /**
     * The vocabulary of the configured tokens, which is the model's if nothing else is said; empty for {@code ids}.
     *
     * @throws JavelinException {@code JVL-DAT-...} for a tokenizer or a corpus that cannot be read
     */
    static OptionalInt vocabulary(Settings settings) {
        String tokens = tokens(settings);
        Path path = path(settings, "data.path");
        if (tokens.equals(IdTokenizer.NAME)) {
            return OptionalInt.empty();
        }
        if (!tokens.equals(Corpus.AUTO)) {
            return OptionalInt.of(Tokenizers.identity(tokens).vocabulary());
        }
        return path != null && Files.exists(path) && Corpus.at(path)
                ? OptionalInt.of(Corpus.identity(path, Corpus.Wish.any()).vocabulary())
                : OptionalInt.of(new ByteTokenizer().vocabulary());
    }

    void addTo(SequencedMap<String, Object> tree) {
        tree.put("tokens", tokens);
        if (column != null) {
            tree.put("column", column);
        }
        if (validationPath != null) {
            tree.put("validationPath", validationPath.toString());
        }
        if (cache != null) {
            tree.put("cache", cache.toString());
        }
    }
}
