package dev.javelin.data.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.data.tokenize.TokenizerIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@code corpus.json} tells of a prepared corpus: for people, and to see whether it is current.
 *
 * @param source the text's path when it was prepared
 * @param stamp over names, lengths and times of its files
 * @param sha256 over names and contents
 * @param bytes of text
 * @param malformed how many malformed parts of the text were replaced by U+FFFD
 */
public record CorpusManifest(
        TokenizerIdentity tokenizer,
        String source,
        String stamp,
        String sha256,
        long documents,
        long bytes,
        long tokens,
        long malformed) {
    static final String FILE = "corpus.json";
    private static final String FORMAT = "javelin-corpus";
    private static final int VERSION = 1;

    /** The manifest of a folder; empty if there is none that this version knows. */
    public static Optional<CorpusManifest> read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode root = new ObjectMapper().readTree(file.toFile());
            if (!root.path("format").asText().equals(FORMAT)
                    || root.path("version").asInt() != VERSION) {
                return Optional.empty();
            }
            JsonNode tokenizer = root.path("tokenizer");
            JsonNode end = tokenizer.path("endOfText");
            JsonNode source = root.path("source");
            return Optional.of(new CorpusManifest(
                    new TokenizerIdentity(
                            tokenizer.path("name").asText(),
                            tokenizer.path("vocabulary").asInt(),
                            end.isInt() ? OptionalInt.of(end.asInt()) : OptionalInt.empty(),
                            tokenizer.path("sha256").asText()),
                    source.path("path").asText(),
                    source.path("stamp").asText(),
                    source.path("sha256").asText(),
                    root.path("documents").asLong(),
                    source.path("bytes").asLong(),
                    root.path("tokens").asLong(),
                    source.path("malformed").asLong()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Writes it into a folder, whole or not at all. */
    void write(Path folder) throws IOException {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("format", FORMAT).put("version", VERSION);
        root.put("tokens", tokens).put("documents", documents);
        ObjectNode node =
                root.putObject("tokenizer").put("name", tokenizer.name()).put("vocabulary", tokenizer.vocabulary());
        if (tokenizer.endOfText().isPresent()) {
            node.put("endOfText", tokenizer.endOfText().getAsInt());
        }
        node.put("sha256", tokenizer.sha256());
        root.putObject("source")
                .put("path", source)
                .put("bytes", bytes)
                .put("malformed", malformed)
                .put("sha256", sha256)
                .put("stamp", stamp);
        Path partial = folder.resolve("." + FILE + ".partial");
        Files.writeString(
                partial, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
        Files.move(partial, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    CorpusManifest withStamp(String newStamp) {
        return new CorpusManifest(tokenizer, source, newStamp, sha256, documents, bytes, tokens, malformed);
    }
}
