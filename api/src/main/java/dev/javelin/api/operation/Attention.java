package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * Scaled dot-product attention over a packed projection: [B, T, (H + 2·K)·D] (H query heads, then K key heads, then K
 * value heads) → y [B, T, H·D] and the logarithm of each row's sum of exponentials [B, H, T], which the gradient uses
 * instead of the scores. Query head h reads key/value head h / (H/K). Scores are scaled by 1/√D; with {@code causal}
 * position i sees positions 0 to i.
 *
 * <p>Types: the projection floating, y like it; the row sums FLOAT32 where it has 16 bits, else like it. With 16 bits,
 * scores, probabilities and sums are FLOAT32 (a kernel may round the probabilities to 16 bits for the second product).
 *
 * <p>Source: Vaswani et al., "Attention is all you need", arXiv:1706.03762, section 3.2.1; grouped heads: Ainslie et
 * al., arXiv:2305.13245, section 2.2; the saved row sums: Dao, arXiv:2307.08691, section 2.3.
 */
public record Attention(int heads, int kvHeads, boolean causal) implements Operation {

    public Attention {
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) {
            throw new JavelinException(
                    "JVL-API-0013",
                    "attention: " + heads + " query heads over " + kvHeads + " key/value heads",
                    "the number of query heads must be a multiple of the number of key/value heads");
        }
    }

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.floating(name(), inputs);
        TensorType x = inputs.get(0);
        int all = heads + 2 * kvHeads;
        TypeRules.require(
                x.shape().rank() == 3 && x.shape().dim(2) % all == 0, name(), inputs, "[B, T, " + all + " · D]");
        long b = x.shape().dim(0);
        long t = x.shape().dim(1);
        return List.of(
                x.withShape(Shape.of(b, t, headWidth(x) * heads)),
                new TensorType(x.dtype().wide(), Shape.of(b, heads, t)));
    }

    /** D, the width of one head. */
    public long headWidth(TensorType packed) {
        return packed.shape().dim(2) / (heads + 2 * kvHeads);
    }

    @Override
    public void gradient(GradientSite site) {
        List<Tensor> inputs = List.of(site.input(0), site.output(0), site.output(1), site.outputGradient(0));
        site.contribute(
                0,
                site.input(0)
                        .graph()
                        .emit(new AttentionGradient(heads, kvHeads, causal), inputs)
                        .getFirst());
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor packed = inputs.get(0).cast(inputs.get(0).dtype().wide());
        Tensor scores = scores(packed); // [B, H, T, T]
        Tensor max = scores.max(-1);
        Tensor exponentials = scores.subtract(Softmax.column(max)).exp();
        Tensor sum = exponentials.sum(-1);
        Tensor y = exponentials.divide(Softmax.column(sum)).matmul(expand(section(packed, 2))); // [B, H, T, D]
        return Optional.of(List.of(join(y).cast(inputs.get(0).dtype()), max.add(sum.log())));
    }

    /** Scaled, masked scores [B, H, T, T]. */
    Tensor scores(Tensor packed) {
        Tensor scores =
                section(packed, 0).matmulTransposed(expand(section(packed, 1))).multiply(scale(packed));
        if (!causal) {
            return scores;
        }
        long t = packed.dim(1);
        TensorType square = TensorType.of(packed.dtype(), t, t);
        Tensor future = packed.iota(square, 0).less(packed.iota(square, 1));
        return future.select(packed.full(Shape.scalar(), Double.NEGATIVE_INFINITY), scores);
    }

    double scale(Tensor packed) {
        return 1 / Math.sqrt(headWidth(packed.type()));
    }

    /** Queries (0), keys (1) or values (2) of the packed tensor as [B, heads, T, D]. */
    Tensor section(Tensor packed, int which) {
        long d = headWidth(packed.type());
        int count = which == 0 ? heads : kvHeads;
        long start = which == 0 ? 0 : (heads + (which - 1L) * kvHeads) * d;
        return split(packed.slice(2, start, count * d), count);
    }

    /** [B, T, n·D] → [B, n, T, D]. */
    static Tensor split(Tensor x, int n) {
        return x.reshape(x.dim(0), x.dim(1), n, x.dim(2) / n).permute(0, 2, 1, 3);
    }

    /** [B, n, T, D] → [B, T, n·D]. */
    static Tensor join(Tensor x) {
        return x.permute(0, 2, 1, 3).reshape(x.dim(0), x.dim(2), x.dim(1) * x.dim(3));
    }

    /** [B, K, T, D] → [B, H, T, D], each head repeated for its group of queries. */
    Tensor expand(Tensor x) {
        int group = heads / kvHeads;
        if (group == 1) {
            return x;
        }
        Shape grouped = Shape.of(x.dim(0), kvHeads, group, x.dim(2), x.dim(3));
        return x.reshape(x.dim(0), kvHeads, 1, x.dim(2), x.dim(3))
                .broadcastTo(grouped)
                .reshape(x.dim(0), heads, x.dim(2), x.dim(3));
    }

    /** [B, H, T, D] → [B, K, T, D], summed over each group of queries. */
    Tensor collect(Tensor x) {
        int group = heads / kvHeads;
        return group == 1
                ? x
                : x.reshape(x.dim(0), kvHeads, group, x.dim(2), x.dim(3)).sum(2);
    }
}
