package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Tensor;
import java.util.function.UnaryOperator;

/**
 * One pre-norm transformer block: [B, T, C] → [B, T, C].
 *
 * <pre>
 * x ← x + dropout(attn_proj(attention(attn_qkv(ln_1(x)))))
 * x ← x + dropout(mlp_proj(gelu(mlp_fc(ln_2(x)))))
 * </pre>
 *
 * <p>Children {@code ln_1}, {@code attn_qkv} (queries, keys and values in that order), {@code attn_proj}, {@code ln_2},
 * {@code mlp_fc}, {@code mlp_proj}.
 *
 * <p>Source: Radford et al., "Language models are unsupervised multitask learners" (GPT-2), section 2.3. It differs in
 * that there is no dropout on the attention's probabilities.
 */
public final class GptBlock extends Layer {
    private final int heads;
    private final double dropout;
    private final LayerNorm attentionNorm;
    private final Linear qkv;
    private final Linear attentionProjection;
    private final LayerNorm mlpNorm;
    private final Linear up;
    private final Linear down;

    /**
     * @param projection first values of the two layers that write to the residual stream
     */
    GptBlock(long width, int heads, double dropout, Initializer weight, Initializer projection) {
        this.heads = heads;
        this.dropout = dropout;
        attentionNorm = child("ln_1", new LayerNorm(width));
        qkv = child("attn_qkv", Linear.of(width, 3 * width, weight));
        attentionProjection = child("attn_proj", Linear.of(width, width, projection));
        mlpNorm = child("ln_2", new LayerNorm(width));
        up = child("mlp_fc", Linear.of(width, 4 * width, weight));
        down = child("mlp_proj", Linear.of(4 * width, width, projection));
    }

    @Override
    protected Tensor forward(Tensor x) { // [B, T, C]
        return through(x, packed -> packed.attention(heads, heads, true));
    }

    /** The block for tokens that follow those in a cache: [B, T, C] → [B, T, C]. */
    Tensor apply(Tensor x, KeyValueCache cache) {
        return within(x, () -> through(x, packed -> cache.attend(packed, heads, heads)));
    }

    private Tensor through(Tensor x, UnaryOperator<Tensor> attention) {
        Tensor packed = qkv.apply(attentionNorm.apply(x)); // [B, T, 3C]
        Tensor attended = attention.apply(packed); // [B, T, C]
        Tensor y = x.add(attentionProjection.apply(attended).dropout(dropout));
        Tensor hidden = up.apply(mlpNorm.apply(y)).gelu(); // [B, T, 4C]
        return y.add(down.apply(hidden).dropout(dropout));
    }
}
