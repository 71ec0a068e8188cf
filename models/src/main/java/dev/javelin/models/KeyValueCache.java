package dev.javelin.models;

import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;

/**
 * Where layers of attention keep the keys and values of tokens that were read, while a model generates. Each layer that
 * attends through it has states of its own, {@code keys} and {@code values} [B, K, S, D], under its path.
 *
 * @param positions INT32 [B, T], of the new tokens in their sequences; −1 for padding, which is not kept
 * @param capacity S, positions that there is room for
 */
public record KeyValueCache(Tensor positions, long capacity) {

    /**
     * Keeps the keys and values of new tokens and attends over all that are kept: packed [B, T, (H + 2·K)·D], queries, keys
     * and values as in {@link Tensor#attention} → [B, T, H·D]. To be called once in a layer.
     */
    public Tensor attend(Tensor packed, int heads, int kvHeads) {
        long width = packed.dim(2) / (heads + 2L * kvHeads); // D
        long keyWidth = kvHeads * width;
        TensorType type = packed.type().withShape(Shape.of(packed.dim(0), kvHeads, capacity, width));
        Tensor keys = packed.graph()
                .state("keys", type)
                .writeRows(packed.slice(2, heads * width, keyWidth), positions); // [B, K, S, D]
        Tensor values = packed.graph()
                .state("values", type)
                .writeRows(packed.slice(2, heads * width + keyWidth, keyWidth), positions); // [B, K, S, D]
        return packed.slice(2, 0, heads * width).cachedAttention(keys, values, positions); // [B, T, H·D]
    }
}
