package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Llama language model: INT32 tokens [B, T] → logits [B, T, V], T up to the block. Token embedding {@code
 * embed_tokens} [V, C], blocks {@code layers.0}, {@code layers.1}, …, a last {@code norm}, and an output head {@code
 * lm_head} [V, C] without bias, or the token embedding again (tied). Positions enter by rotation of queries and keys: no
 * parameter knows them.
 *
 * <p>Weights start normal with deviation 0.02, those of layers that write to the residual stream 0.02/√(2L) for L blocks,
 * norms at 1.
 *
 * <p>Source: Touvron et al., "LLaMA: Open and efficient foundation language models", arXiv:2302.13971, section 2.2. First
 * values as in GPT-2; parameter names are those of Hugging Face without {@code model}, {@code self_attn} and {@code mlp}.
 */
public final class Llama extends LanguageModel {
    private static final double DEVIATION = 0.02;

    private final LlamaSpec spec;
    private final Embedding tokenTable;
    private final List<LlamaBlock> blocks;
    private final RmsNorm norm;
    private final @Nullable Linear head;

    public Llama(LlamaSpec spec) {
        this.spec = spec;
        Initializer weight = Initializer.normal(DEVIATION);
        Initializer projection = Initializer.normal(DEVIATION / StrictMath.sqrt(2.0 * spec.layers()));
        tokenTable = child("embed_tokens", new Embedding(spec.vocab(), spec.width(), weight));
        List<LlamaBlock> list = new ArrayList<>();
        for (int i = 0; i < spec.layers(); i++) {
            list.add(child("layers." + i, new LlamaBlock(spec, weight, projection)));
        }
        blocks = List.copyOf(list);
        norm = child("norm", new RmsNorm(spec.width(), spec.epsilon()));
        head = spec.tied() ? null : child("lm_head", Linear.withoutBias(spec.width(), spec.vocab(), weight));
    }

    @Override
    public LlamaSpec spec() {
        return spec;
    }

    @Override
    protected Tensor hidden(Tensor tokens) { // [B, T]
        requirePositions(tokens.dim(-1));
        Tensor x = tokenTable.apply(tokens).dropout(spec.dropout()); // [B, T, C]
        Tensor rotary = spec.positions(x); // [T, D], of all blocks
        for (LlamaBlock block : blocks) {
            x = block.apply(x, rotary);
        }
        return norm.apply(x);
    }

    @Override
    protected Tensor hidden(Tensor tokens, KeyValueCache cache) { // [B, T]
        requirePositions(cache.capacity());
        Tensor x = tokenTable.apply(tokens).dropout(spec.dropout()); // [B, T, C]
        Tensor rotary = spec.rotary(cache.positions(), x.dtype().wide()); // [B, T, D], of all blocks
        for (LlamaBlock block : blocks) {
            x = block.apply(x, rotary, cache);
        }
        return norm.apply(x);
    }

    @Override
    protected Tensor scores(Tensor hidden) { // [.., C]
        return head == null ? tokenTable.scores(hidden) : head.apply(hidden); // [.., V]
    }
}
