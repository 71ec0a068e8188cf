package dev.javelin.data.tokenize;

import dev.javelin.api.JavelinException;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * For data whose tokenizer Javelin does not have: the text of a token is its number. {@code "464 2068"} is the two tokens
 * 464 and 2068, and these two are written as {@code "464 2068 "}.
 */
public final class IdTokenizer implements Tokenizer {
    /** The name in settings and files. */
    public static final String NAME = "ids";

    private final TokenizerIdentity identity;

    /**
     * @param vocabulary number of ids, that of the model
     */
    public IdTokenizer(int vocabulary) {
        identity = new TokenizerIdentity(NAME, vocabulary, OptionalInt.empty(), "");
    }

    @Override
    public TokenizerIdentity identity() {
        return identity;
    }

    /**
     * Reads numbers with white space between them.
     *
     * @throws JavelinException {@code JVL-DAT-0084} for what is none, or beyond the vocabulary
     */
    @Override
    public int[] encode(String text) {
        return Stream.of(text.strip().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .mapToInt(this::id)
                .toArray();
    }

    private int id(String word) {
        try {
            int id = Integer.parseInt(word);
            if (id >= 0 && id < vocabulary()) {
                return id;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new JavelinException(
                "JVL-DAT-0084",
                "'" + word + "' is no token id below " + vocabulary(),
                "the model was trained on ids without a tokenizer (data.tokens: ids): write its text as numbers with spaces"
                        + " between them");
    }

    @Override
    public TextStream stream() {
        return new TextStream() {
            @Override
            public String add(int token) {
                return token + " ";
            }

            @Override
            public String end() {
                return "";
            }
        };
    }
}
