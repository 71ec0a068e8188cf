package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * Attention of T new queries over cached keys and values: (queries [B, T, H·D], keys [B, K, S, D], values [B, K, S, D],
 * positions INT32 [B, T]) → y [B, T, H·D]. Query head h reads key/value head h / (H/K); scores are scaled by 1/√D. A
 * query at position p sees the cached positions 0 to min(p, S−1); one at a negative position sees nothing and gives 0.
 * No gradient.
 *
 * <p>With the keys and values of positions 0 to p in the cache ({@link CacheWrite}), this is row p of causal
 * {@link Attention}. What the cache holds behind the positions seen must be finite.
 *
 * <p>Source: Shazeer, "Fast transformer decoding: one write-head is all you need", arXiv:1911.02150, section 2.3
 * (incremental attention); grouped heads: Ainslie et al., arXiv:2305.13245, section 2.2.
 */
public record CachedAttention() implements Operation {
    @Override
    public String name() {
        return "cached_attention";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 4);
        TypeRules.floating(name(), inputs.subList(0, 3));
        Shape queries = inputs.get(0).shape();
        Shape keys = inputs.get(1).shape();
        TypeRules.require(
                queries.rank() == 3
                        && keys.rank() == 4
                        && queries.dim(0) == keys.dim(0)
                        && keys.dim(1) * keys.dim(3) > 0
                        && queries.dim(2) % (keys.dim(1) * keys.dim(3)) == 0
                        && inputs.get(2).equals(inputs.get(1))
                        && inputs.get(3).equals(TensorType.of(DType.INT32, queries.dim(0), queries.dim(1))),
                name(),
                inputs,
                "queries [B, T, H·D], keys and values [B, K, S, D] with K a divisor of H, and I32 positions [B, T]");
        return List.of(inputs.get(0));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor queries = inputs.get(0);
        Tensor keys = inputs.get(1);
        Tensor positions = inputs.get(3);
        long s = keys.dim(2);
        int heads = (int) (queries.dim(2) / keys.dim(3));
        Attention grouped = new Attention(heads, (int) keys.dim(1), true);
        Tensor scores = Attention.split(queries, heads)
                .matmulTransposed(grouped.expand(keys))
                .multiply(1 / Math.sqrt(keys.dim(3))); // [B, H, T, S]
        Tensor at = positions.reshape(positions.dim(0), 1, positions.dim(1), 1);
        Tensor hidden = at.less(keys.iota(TensorType.of(DType.INT32, 1, 1, 1, s), 3));
        Tensor masked = hidden.select(scores.full(Shape.scalar(), Double.NEGATIVE_INFINITY), scores);
        Tensor y = Attention.join(masked.softmax().matmul(grouped.expand(inputs.get(2)))); // [B, T, H·D]
        Tensor zero = keys.iota(TensorType.of(DType.INT32, 1), 0);
        Tensor nowhere = positions.less(zero).reshape(positions.dim(0), positions.dim(1), 1);
        return Optional.of(List.of(nowhere.select(y.full(Shape.scalar(), 0), y)));
    }
}
