package dev.javelin.models;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;

/**
 * Multi-head self-attention: [B, T, C] → [B, T, C]. Children {@code q_proj} [H·D, C], {@code k_proj} and {@code v_proj}
 * [K·D, C], {@code o_proj} [C, H·D] with D = C/H, without bias; queries, keys and values are computed as one product.
 *
 * <pre>{@code
 * SelfAttention.rotary(512, Heads.causal(8).withKvHeads(2), 10000)
 * }</pre>
 *
 * <p>Source: Vaswani et al., "Attention is all you need", arXiv:1706.03762, section 3.2; grouped heads: Ainslie et al.,
 * arXiv:2305.13245, section 2.2; rotary positions: Su et al., arXiv:2104.09864, section 3.2.
 */
public final class SelfAttention extends Layer {
    private final Heads heads;
    private final long headWidth;
    private final double rotaryBase;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;

    /**
     * An attention that does not know positions, with weights that start normal with deviation 0.02.
     *
     * @throws JavelinException {@code JVL-API-0032} if the heads do not divide the width
     */
    public SelfAttention(long width, Heads heads) {
        this(width, heads, 0, Initializer.normal(0.02), Initializer.normal(0.02));
    }

    /** The same with rotary positions of this base, 10000 in the paper: a new layer with parameters of its own. */
    public static SelfAttention rotary(long width, Heads heads, double base) {
        return new SelfAttention(width, heads, base, Initializer.normal(0.02), Initializer.normal(0.02));
    }

    /**
     * @param rotaryBase base of rotary positions, counted from 0; 0 for none
     * @param projection first values of {@code o_proj}
     */
    public SelfAttention(long width, Heads heads, double rotaryBase, Initializer weight, Initializer projection) {
        if (width % heads.heads() != 0) {
            throw new JavelinException(
                    "JVL-API-0032",
                    "attention: width " + width + " over " + heads.heads() + " heads",
                    "choose a width that is a multiple of the number of heads");
        }
        this.heads = heads;
        this.rotaryBase = rotaryBase;
        headWidth = width / heads.heads();
        q = child("q_proj", Linear.withoutBias(width, width, weight));
        k = child("k_proj", Linear.withoutBias(width, heads.kvHeads() * headWidth, weight));
        v = child("v_proj", Linear.withoutBias(width, heads.kvHeads() * headWidth, weight));
        o = child("o_proj", Linear.withoutBias(width, width, projection));
    }

    @Override
    protected Tensor forward(Tensor x) { // [B, T, C]
        Tensor packed = Linear.joined(x, q, k, v); // [B, T, (H + 2K)·D]
        Tensor table = rotaryBase == 0 ? null : table(packed);
        return o.apply(heads.attend(packed, table)); // [B, T, C]
    }

    private Tensor table(Tensor packed) {
        Tensor positions = packed.iota(TensorType.of(DType.INT32, packed.dim(1)), 0); // [T]
        return positions.rotaryTable(headWidth, rotaryBase, packed.dtype().wide()); // [T, D]
    }
}
