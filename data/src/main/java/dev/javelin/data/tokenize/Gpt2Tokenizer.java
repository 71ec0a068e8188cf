package dev.javelin.data.tokenize;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import java.util.OptionalInt;

/**
 * The byte-pair tokens of GPT-2 (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section
 * 2.2; tiktoken calls them r50k_base): 50,257 of them, of which the last, {@code <|endoftext|>}, stands between
 * documents. The table comes with the library jtokkit; nothing is downloaded.
 */
public final class Gpt2Tokenizer implements Tokenizer {
    /** The name in settings and files. */
    public static final String NAME = "gpt2";

    static final int VOCABULARY = 50_257;
    /** SHA-256 over the tokens 0 to 50,256, each as one byte of length and its bytes; a test computes it anew. */
    static final String SHA256 = "a622700e3255b4a6186e052c4c715c1d05634cb6041c12ab6c95c9ee0a2c9772";

    static final String END_OF_TEXT = "<|endoftext|>";
    static final int END_OF_TEXT_TOKEN = 50_256;
    static final TokenizerIdentity IDENTITY =
            new TokenizerIdentity(NAME, VOCABULARY, OptionalInt.of(END_OF_TEXT_TOKEN), SHA256);

    private final Encoding encoding = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.R50K_BASE);

    @Override
    public TokenizerIdentity identity() {
        return IDENTITY;
    }

    @Override
    public int[] encode(String text) {
        int at = text.indexOf(END_OF_TEXT);
        if (at < 0) {
            return encoding.encodeOrdinary(text).toArray();
        }
        IntArrayList tokens = new IntArrayList();
        int from = 0;
        while (at >= 0) {
            append(tokens, text.substring(from, at));
            tokens.add(END_OF_TEXT_TOKEN);
            from = at + END_OF_TEXT.length();
            at = text.indexOf(END_OF_TEXT, from);
        }
        append(tokens, text.substring(from));
        return tokens.toArray();
    }

    private void append(IntArrayList tokens, String text) {
        for (int token : encoding.encodeOrdinary(text).toArray()) {
            tokens.add(token);
        }
    }

    @Override
    public TextStream stream() {
        return new Utf8Stream(this::bytes);
    }

    /** The bytes that a token stands for. */
    byte[] bytes(int token) {
        if (token < 0 || token >= VOCABULARY) {
            throw new IllegalArgumentException("GPT-2 has no token " + token);
        }
        IntArrayList one = new IntArrayList(1);
        one.add(token);
        return encoding.decodeBytes(one);
    }
}
