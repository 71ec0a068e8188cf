package dev.javelin.data.tokenize;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** The bytes of UTF-8 are the tokens, 0 to 255. There is no token for the end of a text. */
public final class ByteTokenizer implements Tokenizer {
    /** The name in settings and files. */
    public static final String NAME = "bytes";

    static final int VOCABULARY = 256;

    private static final TokenizerIdentity IDENTITY = new TokenizerIdentity(NAME, VOCABULARY, OptionalInt.empty(), "");

    @Override
    public TokenizerIdentity identity() {
        return IDENTITY;
    }

    @Override
    public int[] encode(String text) {
        return encodeUtf8(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int[] encodeUtf8(byte[] text) {
        int[] tokens = new int[text.length];
        for (int i = 0; i < text.length; i++) {
            tokens[i] = text[i] & 0xFF;
        }
        return tokens;
    }

    @Override
    public TextStream stream() {
        return new Utf8Stream(token -> {
            if (token < 0 || token >= VOCABULARY) {
                throw new IllegalArgumentException("token " + token + " is no byte");
            }
            return new byte[] {(byte) token};
        });
    }
}
