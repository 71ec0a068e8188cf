package dev.javelin.data.tokenize;

import java.nio.charset.StandardCharsets;

/**
 * Text to token ids and back. Made by {@link Tokenizers}; whoever opens one closes it. All methods may be called by
 * several threads at once, but a {@link TextStream} belongs to one.
 */
public interface Tokenizer extends AutoCloseable {

    TokenizerIdentity identity();

    /** Ids are from 0 to below this. */
    default int vocabulary() {
        return identity().vocabulary();
    }

    /**
     * The tokens of a text, without any that mark its beginning or end. A special token that stands in the text by its
     * name, such as {@code <|endoftext|>}, becomes that token.
     */
    int[] encode(String text);

    /** The tokens of text in UTF-8; what is none is read as U+FFFD, except where the tokens are bytes. */
    default int[] encodeUtf8(byte[] text) {
        return encode(new String(text, StandardCharsets.UTF_8));
    }

    /** A new stream from tokens to text. */
    TextStream stream();

    /** The text of tokens; incomplete characters become U+FFFD. */
    default String decode(int... tokens) {
        TextStream stream = stream();
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            text.append(stream.add(token));
        }
        return text.append(stream.end()).toString();
    }

    /** Lets go of native memory, where there is any. */
    @Override
    default void close() {}
}
