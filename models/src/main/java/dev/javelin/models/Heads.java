package dev.javelin.models;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How queries, keys and values of one width D meet: the part of an attention without parameters.
 *
 * @param heads H, query heads
 * @param kvHeads K, key and value heads, a divisor of H: query head h reads key head h / (H/K)
 * @param causal whether a position sees itself and those before it only
 */
public record Heads(int heads, int kvHeads, boolean causal) {

    public Heads {
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) {
            throw new JavelinException(
                    "JVL-API-0013",
                    "attention: " + heads + " query heads over " + kvHeads + " key/value heads",
                    "the number of query heads must be a multiple of the number of key/value heads");
        }
    }

    /** Heads of which each has its own keys and values, for a model that writes from left to right. */
    public static Heads causal(int heads) {
        return new Heads(heads, heads, true);
    }

    /** The same with fewer key and value heads. */
    public Heads withKvHeads(int fewer) {
        return new Heads(heads, fewer, causal);
    }

    /** The same where every position sees all. */
    public Heads withoutMask() {
        return new Heads(heads, kvHeads, false);
    }

    /** H + 2K, heads of a packed projection. */
    public int packed() {
        return heads + 2 * kvHeads;
    }

    /**
     * Attends: packed [B, T, (H + 2K)·D], the queries' heads, then the keys', then the values' → [B, T, H·D].
     *
     * @param rotary a table of {@link Tensor#rotaryTable} [T, D] or [B, T, D] that queries and keys are turned by
     */
    public Tensor attend(Tensor packed, @Nullable Tensor rotary) {
        return placed(packed, rotary).attention(heads, kvHeads, causal); // [B, T, H·D]
    }

    /** The same for tokens that follow those in a cache, of causal heads: the table is that of the cache's positions. */
    Tensor attend(Tensor packed, @Nullable Tensor rotary, KeyValueCache cache) {
        return cache.attend(placed(packed, rotary), heads, kvHeads); // [B, T, H·D]
    }

    private Tensor placed(Tensor packed, @Nullable Tensor rotary) {
        return rotary == null ? packed : packed.rotary(rotary, packed(), heads + kvHeads);
    }
}
