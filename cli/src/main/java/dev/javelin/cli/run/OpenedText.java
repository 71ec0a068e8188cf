package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.DataConfig;
import dev.javelin.cli.config.TextConfig;
import dev.javelin.data.BundledText;
import dev.javelin.data.ByteText;
import dev.javelin.data.Tokens;
import dev.javelin.data.corpus.Corpus;
import dev.javelin.data.corpus.Preparation;
import dev.javelin.data.corpus.PreparationListener;
import dev.javelin.data.tokenize.ByteTokenizer;
import dev.javelin.data.tokenize.IdTokenizer;
import dev.javelin.data.tokenize.JsonTokenizer;
import dev.javelin.data.tokenize.TokenizerIdentity;
import dev.javelin.data.tokenize.Tokenizers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a text or a corpus, mapped, with their tokenizer. Text in bytes is used where it lies; in other tokens it is
 * prepared first, in the cache folder, unless a corpus of it is there.
 *
 * @param jsonFile of a tokenizer that is one; of no meaning for others
 * @param resource that is closed with it
 */
record OpenedText(Tokens tokens, TokenizerIdentity tokenizer, Path jsonFile, AutoCloseable resource)
        implements AutoCloseable {
    private static final int SHOWN_DIGITS = 12;

    /** Opens what the configuration trains on. */
    static OpenedText training(DataConfig data, long vocabulary, PreparationListener listener) {
        requireColumns(data);
        return open(data.path(), data.text(), vocabulary, listener);
    }

    private static void requireColumns(DataConfig data) {
        if (data.text().column() != null
                && Stream.of(
                                Optional.ofNullable(data.path()),
                                Optional.ofNullable(data.text().validationPath()))
                        .flatMap(Optional::stream)
                        .noneMatch(path -> Files.exists(path) && Corpus.at(path))) {
            throw new JavelinException(
                    "JVL-CFG-0087",
                    "data.column is '" + data.text().column() + "', but " + shown(data.path())
                            + " is text, which has no" + " columns",
                    "leave it out, or name Arrow files with data.path");
        }
    }

    private static String shown(@Nullable Path path) {
        return path == null ? "the bundled book" : path.toString();
    }

    /** Opens what it validates on, if that is a path of its own. */
    static Optional<OpenedText> validation(DataConfig data, long vocabulary, PreparationListener listener) {
        Path path = data.text().validationPath();
        return path == null ? Optional.empty() : Optional.of(open(path, data.text(), vocabulary, listener));
    }

    private static OpenedText open(
            @Nullable Path path, TextConfig text, long vocabulary, PreparationListener listener) {
        Corpus.Wish wish = new Corpus.Wish(text.tokens(), text.column(), (int) Math.min(vocabulary, Integer.MAX_VALUE));
        if (path != null && Files.exists(path) && Corpus.at(path)) {
            return of(Corpus.open(path, wish));
        }
        if (text.tokens().equals(IdTokenizer.NAME)) {
            throw new JavelinException(
                    "JVL-CFG-0085",
                    "data.tokens is ids, but " + shown(path) + " is text",
                    "name Arrow files with data.path, or a tokenizer (bytes, gpt2, a tokenizer.json) with data.tokens");
        }
        if (text.tokens().equals(Corpus.AUTO) || text.tokens().equals(ByteTokenizer.NAME)) {
            ByteText bytes = path == null ? BundledText.mobyDick() : ByteText.open(path);
            return new OpenedText(bytes, new ByteTokenizer().identity(), Path.of(""), bytes);
        }
        Path source = path == null ? book(text.cacheFolder()) : path;
        Path folder = text.cacheFolder().resolve(name(source, Tokenizers.identity(text.tokens())));
        int threads = Runtime.getRuntime().availableProcessors();
        new Preparation(source, text.tokens(), folder, threads, true).run(listener);
        return of(Corpus.open(folder, wish));
    }

    private static OpenedText of(Corpus corpus) {
        return new OpenedText(corpus.tokens(), corpus.tokenizer(), corpus.tokenizerFile(), corpus);
    }

    /** A name for people, made unique by path and tokenizer. */
    private static String name(Path source, TokenizerIdentity tokenizer) {
        try {
            MessageDigest sum = MessageDigest.getInstance("SHA-256");
            sum.update(source.toString().getBytes(StandardCharsets.UTF_8));
            sum.update(tokenizer.sha256().getBytes(StandardCharsets.UTF_8));
            String digits = HexFormat.of().formatHex(sum.digest()).substring(0, SHOWN_DIGITS);
            return source.getFileName() + "-" + tokenizer.name() + "-" + digits;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }

    /** The bundled book as a file. */
    private static Path book(Path cache) {
        try {
            return BundledText.mobyDickFile(cache);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-DAT-0083",
                    "cannot write to " + cache + ": " + e,
                    "give a folder that you may write to with data.cache",
                    e);
        }
    }

    /** The file of a tokenizer that is one. */
    Optional<Path> tokenizerFile() {
        return tokenizer.name().equals(JsonTokenizer.NAME) ? Optional.of(jsonFile) : Optional.empty();
    }

    @Override
    public void close() {
        try {
            resource.close();
        } catch (Exception e) {
            throw new IllegalStateException(e); // neither text nor corpus throws one
        }
    }
}
