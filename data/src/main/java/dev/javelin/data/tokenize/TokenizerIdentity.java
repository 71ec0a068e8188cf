package dev.javelin.data.tokenize;

import java.util.OptionalInt;

/**
 * What tells a tokenizer from others: kept with every corpus and checkpoint, so that tokens are never read with another
 * tokenizer than they were made with.
 *
 * @param name {@code bytes}, {@code gpt2}, {@code ids} or {@code json} (a tokenizer.json)
 * @param vocabulary ids are below this
 * @param endOfText the token that stands behind each document; empty for tokenizers without one
 * @param sha256 of what the tokens depend on, in hexadecimal: the bytes of a tokenizer.json, the table of tokens of
 *     {@code gpt2}; empty for {@code bytes} and {@code ids}, which depend on nothing
 */
public record TokenizerIdentity(String name, int vocabulary, OptionalInt endOfText, String sha256) {

    /** In a message: {@code gpt2}, or {@code json 1a2b3c4d} with the beginning of the sum. */
    public String shown() {
        return name.equals(JsonTokenizer.NAME) ? name + " " + sha256.substring(0, 8) : name;
    }
}
