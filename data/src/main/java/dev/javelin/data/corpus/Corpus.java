package dev.javelin.data.corpus;

import dev.javelin.api.JavelinException;
import dev.javelin.data.arrow.ArrowTokens;
import dev.javelin.data.tokenize.IdTokenizer;
import dev.javelin.data.tokenize.Tokenizer;
import dev.javelin.data.tokenize.TokenizerIdentity;
import dev.javelin.data.tokenize.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Token ids in Arrow files, mapped, with the tokenizer that made them: a folder that {@link Preparation} wrote, a folder
 * that {@code save_to_disk} of the Hugging Face datasets library wrote, or Arrow files of anyone. Reading is thread-safe;
 * whoever opens a corpus closes it after the last dataset over it was used.
 *
 * @param path as it was opened
 * @param tokenizerFile of a {@code json} tokenizer; others have none
 * @param prepared whether {@link Preparation} wrote it
 */
public record Corpus(Path path, ArrowTokens tokens, TokenizerIdentity tokenizer, Path tokenizerFile, boolean prepared)
        implements AutoCloseable {
    /** The word for the tokenizer that a corpus names itself; for text, bytes. */
    public static final String AUTO = "auto";

    /**
     * What to expect of a path.
     *
     * @param tokens {@link #AUTO}, {@code bytes}, {@code gpt2}, {@code ids}, or the path of a tokenizer.json
     * @param column of ids; null to find it
     * @param idVocabulary vocabulary for {@code ids}
     */
    public record Wish(String tokens, @Nullable String column, int idVocabulary) {
        /** Whatever tokenizer and column there are. */
        public static Wish any() {
            return new Wish(AUTO, null, Integer.MAX_VALUE);
        }

        public Wish withTokens(String tokens) {
            return new Wish(tokens, column, idVocabulary);
        }
    }

    /** Whether a path holds token ids rather than text: an Arrow file, or a folder with some. */
    public static boolean at(Path path) {
        return CorpusFiles.holdTokens(path);
    }

    /**
     * Maps a corpus.
     *
     * @throws JavelinException {@code JVL-DAT-0053} if another tokenizer made it than is wished, {@code 0081} if nobody
     *     says which one, {@code 0002}, {@code 0003}, {@code 0054} to {@code 0057}, {@code 0082}, {@code 0085}, {@code 0087} if
     *     its files cannot be used
     */
    public static Corpus open(Path path, Wish wish) {
        List<Path> files = files(path);
        Optional<TokenizerIdentity> own = Identities.of(ArrowTokens.metadata(files.getFirst()));
        TokenizerIdentity tokenizer = identity(path, own, wish);
        ArrowTokens tokens = ArrowTokens.open(path.toString(), files, wish.column, tokenizer.vocabulary());
        if (tokens.count() == 0) {
            tokens.close();
            throw new JavelinException(
                    "JVL-DAT-0003", "the data at " + path + " is empty", "give a corpus that holds tokens");
        }
        return new Corpus(path, tokens, tokenizer, tokenizerFile(path, own, wish), own.isPresent());
    }

    private static List<Path> files(Path path) {
        List<Path> files = CorpusFiles.of(path);
        if (files.isEmpty()) {
            throw new JavelinException(
                    "JVL-DAT-0087",
                    "there are no Arrow files in " + path,
                    "give a corpus; 'javelin data prepare --data " + path + " --out CORPUS' makes one of text");
        }
        return files;
    }

    /**
     * The tokenizer of a corpus, without its tokens.
     *
     * @throws JavelinException as {@link #open}
     */
    public static TokenizerIdentity identity(Path path, Wish wish) {
        return identity(path, Identities.of(ArrowTokens.metadata(files(path).getFirst())), wish);
    }

    private static TokenizerIdentity identity(Path path, Optional<TokenizerIdentity> own, Wish wish) {
        if (own.isPresent()) {
            if (!wish.tokens.equals(AUTO)) {
                TokenizerIdentity wished = named(wish);
                if (!wished.equals(own.get())) {
                    throw Tokenizers.changed(own.get(), wished, "the corpus " + path);
                }
            }
            return own.get();
        }
        if (wish.tokens.equals(AUTO)) {
            throw new JavelinException(
                    "JVL-DAT-0081",
                    "nothing says which tokenizer made the ids in " + path,
                    "let data.tokens be that one (gpt2, or the path of its tokenizer.json), or ids with model.vocab to train"
                            + " on numbers alone");
        }
        return named(wish);
    }

    private static TokenizerIdentity named(Wish wish) {
        return wish.tokens.equals(IdTokenizer.NAME)
                ? new IdTokenizer(wish.idVocabulary).identity()
                : Tokenizers.identity(wish.tokens);
    }

    /** A corpus of ours has the file beside its tokens; for another, the wish names a file, or a folder with it. */
    private static Path tokenizerFile(Path path, Optional<TokenizerIdentity> own, Wish wish) {
        Path named = Path.of(wish.tokens).toAbsolutePath();
        if (own.isPresent()) {
            return Files.isDirectory(path) ? path.resolve(Tokenizers.FILE) : path.resolveSibling(Tokenizers.FILE);
        }
        return Files.isDirectory(named) ? named.resolve(Tokenizers.FILE) : named;
    }

    /**
     * Opens the tokenizer; the caller closes it.
     *
     * @throws JavelinException {@code JVL-DAT-0050} to {@code 0053} if it is missing, damaged or another one
     */
    public Tokenizer openTokenizer() {
        return Tokenizers.open(tokenizer, tokenizerFile);
    }

    @Override
    public void close() {
        tokens.close();
    }
}
