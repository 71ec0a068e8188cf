package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (packed [B, T, (H + 2K)·D], y [B, T, H·D], row sums [B, H, T], dy [B, T, H·D]) → the gradient of the packed
 * projection. The probabilities are computed again as exp(score − row sum); with D = Σ dy·y per row, the gradient of
 * the scores is P · (dP − D).
 *
 * <p>Types: packed, y, dy and the result of one floating type; the row sums FLOAT32 where it has 16 bits, else of that
 * type.
 *
 * <p>Source: Dao et al., "FlashAttention", arXiv:2205.14135, appendix B.2.
 */
public record AttentionGradient(int heads, int kvHeads, boolean causal) implements Operation {
    @Override
    public String name() {
        return "attention_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 4);
        List<TensorType> outputs = forward().infer(inputs.subList(0, 1));
        TypeRules.require(
                inputs.get(1).equals(outputs.get(0))
                        && inputs.get(2).equals(outputs.get(1))
                        && inputs.get(3).equals(outputs.get(0)),
                name(),
                inputs,
                "packed, y, row sums and dy of one attention");
        return List.of(inputs.get(0));
    }

    /** The operation that this is the gradient of. */
    public Attention forward() {
        return new Attention(heads, kvHeads, causal);
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Attention forward = forward();
        DType dtype = inputs.get(0).dtype();
        Tensor packed = inputs.get(0).cast(dtype.wide());
        Tensor y = Attention.split(inputs.get(1).cast(dtype.wide()), heads); // [B, H, T, D]
        Tensor dy = Attention.split(inputs.get(3).cast(dtype.wide()), heads);
        Tensor q = forward.section(packed, 0);
        Tensor k = forward.expand(forward.section(packed, 1));
        Tensor v = forward.expand(forward.section(packed, 2));
        Tensor p =
                forward.scores(packed).subtract(Softmax.column(inputs.get(2))).exp(); // [B, H, T, T]
        Tensor rowDot = Softmax.column(dy.multiply(y).sum(-1)); // [B, H, T, 1]
        Tensor ds = p.multiply(dy.matmulTransposed(v).subtract(rowDot)).multiply(forward.scale(packed));
        Tensor dq = Attention.join(ds.matmul(k));
        Tensor dk = Attention.join(forward.collect(transposed(ds, q)));
        Tensor dv = Attention.join(forward.collect(transposed(p, dy)));
        return Optional.of(List.of(dq.concat(2, dk, dv).cast(dtype)));
    }

    private static Tensor transposed(Tensor a, Tensor b) {
        return a.graph().emit(new MatMul(true, false), a, b);
    }
}
