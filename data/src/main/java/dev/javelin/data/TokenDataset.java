package dev.javelin.data;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rows of T tokens, one after the other, for a model that predicts the next token: field {@code tokens} is INT32 [T],
 * field {@code targets} INT32 [T] the same moved on by one. Of n tokens, (n − 1) / T rows are made and the rest of less
 * than T is left out. Padding rows have targets −1, which losses ignore. The tokens belong to the caller.
 */
public final class TokenDataset implements Dataset {
    private final Tokens tokens;
    private final long block;
    private final List<Field> fields;

    /**
     * @param block T, tokens of a row
     * @throws JavelinException {@code JVL-DAT-0004} if there are too few tokens for one row
     */
    public TokenDataset(Tokens tokens, long block) {
        this.tokens = tokens;
        this.block = block;
        TensorType row = TensorType.of(DType.INT32, requireBlock(block));
        this.fields = List.of(new Field("tokens", row, 0), new Field("targets", row, -1));
        if (rows() < 1) {
            throw tooShort(tokens, tokens.count(), block, "data");
        }
    }

    /**
     * Training and validation data; closing neither closes the tokens.
     *
     * @param validation null if nothing was held back
     */
    public record Split(TokenDataset train, @Nullable TokenDataset validation) {}

    /**
     * Holds the last part of the tokens back for validation.
     *
     * @param share of the tokens to hold back, 0 (none) to below 1
     * @throws JavelinException {@code JVL-DAT-0004} if either part is too short for one row, {@code JVL-DAT-0005} if
     *     the share is none
     */
    public static Split split(Tokens tokens, long block, double share) {
        if (!(share >= 0 && share < 1)) {
            throw new JavelinException(
                    "JVL-DAT-0005",
                    "data.validation is " + share,
                    "choose the share of the data held back as a number from 0 to below 1");
        }
        requireBlock(block);
        long held = (long) Math.floor(tokens.count() * share);
        long kept = tokens.count() - held;
        if (kept <= block) {
            throw tooShort(tokens, kept, block, "training data");
        }
        TokenDataset train = new TokenDataset(tokens.range(0, kept), block);
        if (share == 0) {
            return new Split(train, null);
        }
        if (held <= block) {
            throw tooShort(tokens, held, block, "validation data (a share of " + share + ")");
        }
        return new Split(train, new TokenDataset(tokens.range(kept, tokens.count()), block));
    }

    private static long requireBlock(long block) {
        if (block < 1) {
            throw new JavelinException("JVL-DAT-0006", "data.block is " + block, "use 1 token or more");
        }
        return block;
    }

    private static JavelinException tooShort(Tokens tokens, long actual, long block, String what) {
        return new JavelinException(
                "JVL-DAT-0004",
                "the " + what + " of " + tokens.name() + " has " + actual + " tokens, one row needs " + (block + 1),
                "give more text, lower data.block"
                        + (what.startsWith("validation") ? ", or change data.validation" : ""));
    }

    /**
     * Refuses a model that does not know all tokens of this data.
     *
     * @param modelVocabulary number of ids that the model knows
     * @throws JavelinException {@code JVL-DAT-0007}
     */
    public TokenDataset requireVocabulary(long modelVocabulary) {
        if (modelVocabulary < tokens.vocabulary()) {
            throw new JavelinException(
                    "JVL-DAT-0007",
                    "the tokens of " + tokens.name() + " go up to " + (tokens.vocabulary() - 1)
                            + ", the model's vocabulary has " + modelVocabulary,
                    "set model.vocab to " + tokens.vocabulary() + " or more");
        }
        return this;
    }

    @Override
    public List<Field> fields() {
        return fields;
    }

    @Override
    public long rows() {
        return (tokens.count() - 1) / block;
    }

    @Override
    public void read(long row, Field field, MemorySegment destination) {
        Objects.checkIndex(row, rows());
        long shift = field.name().equals("targets") ? 1 : 0;
        tokens.read(row * block + shift, block, destination);
    }
}
