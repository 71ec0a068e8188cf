package dev.javelin.cli.exchange;

import dev.javelin.api.JavelinException;
import dev.javelin.data.tokenize.ByteTokenizer;
import dev.javelin.data.tokenize.FoundTokenizer;
import dev.javelin.data.tokenize.IdTokenizer;
import dev.javelin.data.tokenize.TokenizerFiles;
import dev.javelin.data.tokenize.TokenizerIdentity;
import dev.javelin.data.tokenize.Tokenizers;
import dev.javelin.engine.checkpoint.Companion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer that an imported model gets.
 *
 * @param companions its tokenizer.json, if it has one
 * @param notes for people
 */
record ImportedTokenizer(TokenizerIdentity identity, List<Companion> companions, List<String> notes) {
    private static final String OPTION = "--tokens gpt2, or --tokens with the path of a tokenizer.json, names one";

    /**
     * Finds it.
     *
     * @param folder of the model
     * @param tokens what the user named; null for the files in the folder
     * @param vocabulary of the model
     * @throws JavelinException {@code JVL-CKP-0059} if it has more tokens than the model; {@code JVL-DAT-0050} to {@code 0052}
     *     if it cannot be read
     */
    static ImportedTokenizer of(Path folder, @Nullable String tokens, long vocabulary) {
        Optional<FoundTokenizer> found = tokens == null
                ? TokenizerFiles.find(folder)
                : Optional.of(tokens)
                        .filter(name -> !name.equals(IdTokenizer.NAME))
                        .map(TokenizerFiles::named);
        if (found.isPresent()) {
            return of(found.get(), vocabulary);
        }
        if (tokens == null && vocabulary == new ByteTokenizer().vocabulary()) {
            return new ImportedTokenizer(
                    new ByteTokenizer().identity(),
                    List.of(),
                    List.of("note: no tokenizer files, and a vocabulary of 256: its tokens are taken as bytes; "
                            + OPTION));
        }
        int ids = (int) Math.min(vocabulary, Integer.MAX_VALUE);
        return new ImportedTokenizer(
                new IdTokenizer(ids).identity(), List.of(), tokens == null ? List.of(none(folder)) : List.of());
    }

    private static ImportedTokenizer of(FoundTokenizer found, long vocabulary) {
        TokenizerIdentity identity = found.identity();
        if (identity.vocabulary() > vocabulary) {
            throw new JavelinException(
                    "JVL-CKP-0059",
                    "the tokenizer " + identity.shown() + " has " + identity.vocabulary() + " tokens, the model knows "
                            + vocabulary,
                    "name the model's own with --tokens (gpt2, or the path of a tokenizer.json), or let --tokens ids read"
                            + " and write numbers");
        }
        List<String> notes = identity.vocabulary() < vocabulary
                ? List.of("note: the tokenizer " + identity.shown() + " has " + identity.vocabulary()
                        + " of the model's " + vocabulary + " tokens; the others are never written")
                : List.of();
        List<Companion> companions = found.json().stream()
                .map(json -> new Companion(Tokenizers.FILE, json))
                .toList();
        return new ImportedTokenizer(identity, companions, notes);
    }

    /** What to say if there is none that can be used. */
    private static String none(Path folder) {
        List<String> unread = Stream.of("vocab.json", "merges.txt", "tokenizer.model", "vocab.txt", "spiece.model")
                .filter(name -> Files.exists(folder.resolve(name)))
                .toList();
        return "note: "
                + (unread.isEmpty() ? "no tokenizer files" : "no tokenizer.json, and " + unread + " cannot be used")
                + ": generate will read and write numbers of tokens; " + OPTION;
    }
}
