package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Tensor;
import java.util.function.UnaryOperator;

/**
 * One pre-norm transformer block: [B, T, C] → [B, T, C].
 *
 * <pre>
 * x ← x + dropout(o_proj(attention(rotary(q_proj(n), k_proj(n)), v_proj(n))))     with n = input_layernorm(x)
 * x ← x + dropout(down_proj(silu(gate_proj(n)) · up_proj(n)))                     with n = post_attention_layernorm(x)
 * </pre>
 *
 * <p>Children as in the lines above, without bias. Queries, keys and values are one product over joined weights, gate and
 * up another. The children lie directly below the block: Hugging Face's names without {@code self_attn} and {@code mlp}.
 *
 * <p>Source: Touvron et al., "LLaMA", arXiv:2302.13971, section 2.2; grouped heads: "Llama 2", arXiv:2307.09288, section
 * 2.2. It differs in that dropout may be had.
 */
public final class LlamaBlock extends Layer {
    private final LlamaSpec spec;
    private final Heads heads;
    private final double dropout;
    private final RmsNorm inputNorm;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;
    private final RmsNorm mlpNorm;
    private final Linear gate;
    private final Linear up;
    private final Linear down;

    LlamaBlock(LlamaSpec spec, Initializer weight, Initializer projection) {
        this.spec = spec;
        heads = spec.attention();
        dropout = spec.dropout();
        long width = spec.width();
        long kvWidth = spec.kvHeads() * spec.headWidth();
        inputNorm = child("input_layernorm", new RmsNorm(width, spec.epsilon()));
        q = child("q_proj", Linear.withoutBias(width, width, weight));
        k = child("k_proj", Linear.withoutBias(width, kvWidth, weight));
        v = child("v_proj", Linear.withoutBias(width, kvWidth, weight));
        o = child("o_proj", Linear.withoutBias(width, width, projection));
        mlpNorm = child("post_attention_layernorm", new RmsNorm(width, spec.epsilon()));
        gate = child("gate_proj", Linear.withoutBias(width, spec.ff(), weight));
        up = child("up_proj", Linear.withoutBias(width, spec.ff(), weight));
        down = child("down_proj", Linear.withoutBias(spec.ff(), width, projection));
    }

    /**
     * Writes the block.
     *
     * @param x [B, T, C]
     * @param rotary the table of the positions, [T, D] or [B, T, D]
     */
    public Tensor apply(Tensor x, Tensor rotary) {
        return within(x, () -> through(x, packed -> heads.attend(packed, rotary)));
    }

    /** The block for tokens that follow those in a cache, with the table of the cache's positions. */
    Tensor apply(Tensor x, Tensor rotary, KeyValueCache cache) {
        return within(x, () -> through(x, packed -> heads.attend(packed, rotary, cache)));
    }

    /** The block of a sequence that starts at position 0. */
    @Override
    protected Tensor forward(Tensor x) { // [B, T, C]
        Tensor rotary = spec.positions(x);
        return through(x, packed -> heads.attend(packed, rotary));
    }

    private Tensor through(Tensor x, UnaryOperator<Tensor> attention) {
        Tensor packed = Linear.joined(inputNorm.apply(x), q, k, v); // [B, T, (H + 2K)·D]
        Tensor attended = attention.apply(packed); // [B, T, C]
        return feedForward(x.add(o.apply(attended).dropout(dropout)));
    }

    private Tensor feedForward(Tensor x) {
        Tensor gated = Linear.joined(mlpNorm.apply(x), gate, up).swiGlu(); // [B, T, F]
        return x.add(down.apply(gated).dropout(dropout));
    }
}
