package dev.javelin.data.corpus;

import dev.javelin.data.arrow.ArrowWriter;
import dev.javelin.data.tokenize.TokenizerIdentity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;

/** A tokenizer's identity and the source's sum in the metadata of an Arrow schema. */
final class Identities {
    static final String SOURCE = "javelin.source.sha256";
    private static final String FORMAT = "javelin-corpus 1";
    private static final String NAME = "javelin.tokenizer";
    private static final String SHA256 = "javelin.tokenizer.sha256";
    private static final String VOCABULARY = "javelin.vocabulary";
    private static final String END_OF_TEXT = "javelin.endOfText";

    private Identities() {}

    static SequencedMap<String, String> metadata(TokenizerIdentity tokenizer, String sourceSha256) {
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put(ArrowWriter.FORMAT_KEY, FORMAT);
        metadata.put(NAME, tokenizer.name());
        metadata.put(SHA256, tokenizer.sha256());
        metadata.put(VOCABULARY, Integer.toString(tokenizer.vocabulary()));
        if (tokenizer.endOfText().isPresent()) {
            metadata.put(END_OF_TEXT, Integer.toString(tokenizer.endOfText().getAsInt()));
        }
        metadata.put(SOURCE, sourceSha256);
        return metadata;
    }

    /** The tokenizer that made a file; empty if another program wrote it. */
    static Optional<TokenizerIdentity> of(Map<String, String> metadata) {
        String name = metadata.get(NAME);
        String vocabulary = metadata.get(VOCABULARY);
        if (name == null || vocabulary == null) {
            return Optional.empty();
        }
        String end = metadata.get(END_OF_TEXT);
        return Optional.of(new TokenizerIdentity(
                name,
                Integer.parseInt(vocabulary),
                end == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(end)),
                metadata.getOrDefault(SHA256, "")));
    }
}
