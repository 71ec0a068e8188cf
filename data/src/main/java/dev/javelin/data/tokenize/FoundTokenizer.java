package dev.javelin.data.tokenize;

import java.util.Optional;

/**
 * A tokenizer in the files of a model.
 *
 * @param json the bytes of its tokenizer.json, which has to travel with the model; empty for one that Javelin has
 */
public record FoundTokenizer(TokenizerIdentity identity, Optional<byte[]> json) {
    static FoundTokenizer known(TokenizerIdentity identity) {
        return new FoundTokenizer(identity, Optional.empty());
    }
}
