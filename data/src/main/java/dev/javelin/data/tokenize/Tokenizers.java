package dev.javelin.data.tokenize;

import dev.javelin.api.JavelinException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Opens tokenizers by what settings call them: {@code bytes}, {@code gpt2}, or the path of a tokenizer.json. */
public final class Tokenizers {
    /** The file of a tokenizer in a corpus, a checkpoint, or a model's folder. */
    public static final String FILE = "tokenizer.json";

    private Tokenizers() {}

    /**
     * Opens a tokenizer; the caller closes it.
     *
     * @param tokens {@code bytes}, {@code gpt2}, the path of a tokenizer.json or of a folder with one
     * @throws JavelinException {@code JVL-DAT-0050} for another word or a missing file, {@code 0051} for a file that is no
     *     tokenizer, {@code 0052} if the native library does not load
     */
    public static Tokenizer open(String tokens) {
        return switch (tokens) {
            case ByteTokenizer.NAME -> new ByteTokenizer();
            case Gpt2Tokenizer.NAME -> new Gpt2Tokenizer();
            default -> JsonTokenizer.open(file(tokens));
        };
    }

    /**
     * Opens the tokenizer that made a corpus or trained a model.
     *
     * @param place of a {@code json} tokenizer: its file, or a folder that holds it as {@value #FILE}
     * @throws JavelinException {@code JVL-DAT-0053} if the tokenizer there is another one; else as {@link #open(String)}
     */
    public static Tokenizer open(TokenizerIdentity identity, Path place) {
        Tokenizer tokenizer = switch (identity.name()) {
            case IdTokenizer.NAME -> new IdTokenizer(identity.vocabulary());
            case JsonTokenizer.NAME -> JsonTokenizer.open(Files.isDirectory(place) ? place.resolve(FILE) : place);
            default -> open(identity.name());
        };
        if (!tokenizer.identity().equals(identity)) {
            tokenizer.close();
            throw changed(identity, tokenizer.identity(), place.toString());
        }
        return tokenizer;
    }

    /**
     * What a tokenizer is, at little cost: the native library is not loaded, and no table is read.
     *
     * @throws JavelinException as {@link #open(String)}
     */
    public static TokenizerIdentity identity(String tokens) {
        return switch (tokens) {
            case ByteTokenizer.NAME -> new ByteTokenizer().identity();
            case Gpt2Tokenizer.NAME -> Gpt2Tokenizer.IDENTITY;
            default -> JsonTokenizer.identity(file(tokens));
        };
    }

    /** The tokenizer.json that a setting names. */
    public static Path file(String tokens) {
        Path path = Path.of(tokens);
        if (Files.isDirectory(path)) {
            return path.resolve(FILE);
        }
        if (!Files.exists(path)) {
            throw new JavelinException(
                    "JVL-DAT-0050",
                    "there is no tokenizer '" + tokens + "'",
                    "let data.tokens be bytes, gpt2, or the path of a tokenizer.json; relative paths start at the working"
                            + " folder");
        }
        return path;
    }

    /** The error for tokens that another tokenizer made. */
    public static JavelinException changed(TokenizerIdentity expected, TokenizerIdentity actual, String what) {
        return new JavelinException(
                "JVL-DAT-0053",
                what + " belongs to the tokenizer " + described(expected) + ", given is " + described(actual),
                "use the tokenizer that it was made with, or prepare the data and train anew with the other");
    }

    private static String described(TokenizerIdentity identity) {
        OptionalInt end = identity.endOfText();
        return identity.shown() + " (" + identity.vocabulary() + " tokens"
                + (end.isPresent() ? ", end of text " + end.getAsInt() : "") + ")";
    }
}
