package dev.javelin.models;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Tensor;

/**
 * A model that scores the next token at every position: INT32 tokens [B, T] → logits [B, T, V], T up to {@link
 * LanguageModelSpec#block()}. A position sees itself and those before it only. What the command line trains on text and
 * lets write.
 *
 * @see Gpt
 * @see Llama
 */
public abstract class LanguageModel extends Layer {

    /** The model as data. */
    public abstract LanguageModelSpec spec();

    /** The last hidden states, normalised: tokens INT32 [B, T] → [B, T, C]. */
    protected abstract Tensor hidden(Tensor tokens);

    /** The same for tokens that follow those in a cache, at the cache's positions. */
    protected abstract Tensor hidden(Tensor tokens, KeyValueCache cache);

    /** The output head: [.., C] → logits [.., V]. */
    protected abstract Tensor scores(Tensor hidden);

    @Override
    protected final Tensor forward(Tensor tokens) { // [B, T]
        return scores(hidden(tokens)); // [B, T, V]
    }

    /**
     * Reads T more tokens of B sequences and scores what follows some of them.
     *
     * @param tokens INT32 [B, T]
     * @param rows INT32 [R]: row b·T + t is token t of sequence b
     * @param cache what was kept of the tokens before, to which these are added
     * @return logits [R, V]
     */
    public final Tensor next(Tensor tokens, Tensor rows, KeyValueCache cache) {
        return within(tokens, () -> {
            Tensor hidden = hidden(tokens, cache); // [B, T, C]
            return scores(rows.lookup(hidden.reshape(-1, hidden.dim(-1)))); // [R, V]
        });
    }

    /**
     * Refuses sequences longer than the block.
     *
     * @throws JavelinException {@code JVL-API-0030}
     */
    final void requirePositions(long positions) {
        long block = spec().block();
        if (positions > block) {
            throw new JavelinException(
                    "JVL-API-0030",
                    spec().family() + ": sequences of " + positions + " positions, but the model has " + block,
                    "lower data.block to " + block + " or less, or raise model.block");
        }
    }
}
