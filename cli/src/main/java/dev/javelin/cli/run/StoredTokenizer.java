package dev.javelin.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.data.tokenize.ByteTokenizer;
import dev.javelin.data.tokenize.Gpt2Tokenizer;
import dev.javelin.data.tokenize.JsonTokenizer;
import dev.javelin.data.tokenize.Tokenizer;
import dev.javelin.data.tokenize.TokenizerIdentity;
import dev.javelin.data.tokenize.Tokenizers;
import dev.javelin.engine.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The tokenizer that travels in a checkpoint: its identity in the run's notes, and a tokenizer.json beside the tensors, so
 * that a model can write without its data.
 */
public final class StoredTokenizer {
    static final String KEY = "tokenizer";

    private StoredTokenizer() {}

    /** The notes of a run that has this tokenizer. */
    public static ObjectNode notes(TokenizerIdentity identity) {
        ObjectNode notes = JsonNodeFactory.instance.objectNode();
        ObjectNode node = notes.putObject(KEY).put("name", identity.name()).put("vocabulary", identity.vocabulary());
        if (identity.endOfText().isPresent()) {
            node.put("endOfText", identity.endOfText().getAsInt());
        }
        node.put("sha256", identity.sha256());
        return notes;
    }

    /**
     * Opens the tokenizer of a checkpoint; the caller closes it. A checkpoint that names none was trained on bytes.
     *
     * @throws JavelinException {@code JVL-DAT-0050} to {@code 0053} if its tokenizer.json is missing, damaged or another
     */
    public static Tokenizer open(Checkpoint checkpoint) {
        return identity(checkpoint)
                .map(identity -> Tokenizers.open(identity, checkpoint.folder()))
                .orElseGet(ByteTokenizer::new);
    }

    /**
     * Refuses to go on with data in other tokens.
     *
     * @throws JavelinException {@code JVL-DAT-0053}
     */
    public static void requireSame(Checkpoint checkpoint, RunData data) {
        Optional<TokenizerIdentity> stored = identity(checkpoint);
        Optional<TokenizerIdentity> given = of(data.notes());
        if (stored.isPresent() && given.isPresent() && !stored.equals(given)) {
            throw Tokenizers.changed(
                    stored.get(), given.get(), checkpoint.folder().toString());
        }
    }

    /** What tokenizer a checkpoint has; empty if it names none. */
    public static Optional<TokenizerIdentity> identity(Checkpoint checkpoint) {
        return of(StoredConfig.notes(checkpoint).path(KEY));
    }

    /** The tokenizer.json of a checkpoint that has one of its own. */
    public static Optional<Path> file(Checkpoint checkpoint) {
        return identity(checkpoint)
                .filter(identity -> identity.name().equals(JsonTokenizer.NAME))
                .map(identity -> checkpoint.folder().toAbsolutePath().resolve(Tokenizers.FILE));
    }

    /** What {@code data.tokens} has to be for the tokens of a checkpoint; empty if any or its own setting will do. */
    static Optional<String> setting(Checkpoint checkpoint) {
        return file(checkpoint)
                .map(Path::toString)
                .or(() -> identity(checkpoint).map(TokenizerIdentity::name).filter(Gpt2Tokenizer.NAME::equals));
    }

    /** The tokenizer in notes. */
    public static Optional<TokenizerIdentity> of(ObjectNode notes) {
        return of(notes.path(KEY));
    }

    private static Optional<TokenizerIdentity> of(JsonNode node) {
        if (!node.isObject()) {
            return Optional.empty();
        }
        JsonNode end = node.path("endOfText");
        return Optional.of(new TokenizerIdentity(
                node.path("name").asText(),
                node.path("vocabulary").asInt(),
                end.isInt() ? OptionalInt.of(end.asInt()) : OptionalInt.empty(),
                node.path("sha256").asText()));
    }
}
