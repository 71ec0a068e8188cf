package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The GPT-2 language model: INT32 tokens [B, T] → logits [B, T, V], T up to the block. Token and learned position
 * embeddings {@code wte} [V, C] and {@code wpe} [block, C], blocks {@code h.0}, {@code h.1}, …, a last norm {@code
 * ln_f}, and an output head that shares {@code wte} (tied) or is {@code head} [V, C], without bias.
 *
 * <p>Weights start normal with deviation 0.02, those of layers that write to the residual stream 0.02/√(2L) for L
 * blocks, biases at 0.
 *
 * <p>Source: Radford et al., "Language models are unsupervised multitask learners", section 2.3.
 */
public final class Gpt extends LanguageModel {
    private static final double DEVIATION = 0.02;

    private final GptSpec spec;
    private final Embedding tokenTable;
    private final Embedding positionTable;
    private final List<GptBlock> blocks;
    private final LayerNorm norm;
    private final @Nullable Linear head;

    public Gpt(GptSpec spec) {
        this.spec = spec;
        Initializer weight = Initializer.normal(DEVIATION);
        Initializer projection = Initializer.normal(DEVIATION / StrictMath.sqrt(2.0 * spec.layers()));
        tokenTable = child("wte", new Embedding(spec.vocab(), spec.width(), weight));
        positionTable = child("wpe", new Embedding(spec.block(), spec.width(), weight));
        List<GptBlock> list = new ArrayList<>();
        for (int i = 0; i < spec.layers(); i++) {
            GptBlock block = new GptBlock(spec.width(), spec.heads(), spec.dropout(), weight, projection);
            list.add(child("h." + i, block));
        }
        blocks = List.copyOf(list);
        norm = child("ln_f", new LayerNorm(spec.width()));
        head = spec.tied() ? null : child("head", Linear.withoutBias(spec.width(), spec.vocab(), weight));
    }

    @Override
    public GptSpec spec() {
        return spec;
    }

    @Override
    protected Tensor hidden(Tensor tokens) {
        long positions = tokens.dim(-1);
        requirePositions(positions);
        Tensor x = embedded(tokens, positionTable.first(tokens, positions));
        for (GptBlock block : blocks) {
            x = block.apply(x); // [B, T, C]
        }
        return norm.apply(x);
    }

    @Override
    protected Tensor hidden(Tensor tokens, KeyValueCache cache) {
        requirePositions(cache.capacity());
        Tensor x = embedded(tokens, positionTable.apply(cache.positions()));
        for (GptBlock block : blocks) {
            x = block.apply(x, cache); // [B, T, C]
        }
        return norm.apply(x);
    }

    private Tensor embedded(Tensor tokens, Tensor positions) {
        return tokenTable.apply(tokens).add(positions).dropout(spec.dropout());
    }

    @Override
    protected Tensor scores(Tensor hidden) { // [.., C]
        return head == null ? tokenTable.scores(hidden) : head.apply(hidden); // [.., V]
    }
}
