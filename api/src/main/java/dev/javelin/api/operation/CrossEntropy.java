package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (logits [N, V], targets INT32 [N]) → Σ over rows of (log Σ exp(logits) − logit of the target), the number of rows
 * summed, and log Σ exp per row [N]. Rows whose target is {@code ignored} count for nothing. Any other target that is no
 * class makes the sum NaN, and its row of the gradient. Only the first output is differentiated.
 *
 * <p>Types: logits floating; the three outputs FLOAT32 where they have 16 bits, else like them.
 */
public record CrossEntropy(int ignored) implements Operation {
    @Override
    public String name() {
        return "cross_entropy";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TensorType logits = inputs.get(0);
        TypeRules.require(
                logits.dtype().floating()
                        && logits.shape().rank() == 2
                        && inputs.get(1)
                                .equals(TensorType.of(
                                        DType.INT32, logits.shape().dim(0))),
                name(),
                inputs,
                "floating logits [N, V] and targets I32[N]");
        DType wide = logits.dtype().wide();
        TensorType scalar = new TensorType(wide, Shape.scalar());
        return List.of(scalar, scalar, TensorType.of(wide, logits.shape().dim(0)));
    }

    @Override
    public void gradient(GradientSite site) {
        if (site.hasOutputGradient(0)) {
            List<Tensor> inputs = List.of(site.input(0), site.input(1), site.output(2), site.outputGradient(0));
            site.contribute(
                    0,
                    site.input(0)
                            .graph()
                            .emit(new CrossEntropyGradient(ignored), inputs)
                            .getFirst());
        }
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor logits = inputs.get(0).cast(inputs.get(0).dtype().wide());
        Tensor max = logits.max(1);
        Tensor rowSum = logits.subtract(Softmax.column(max)).exp().sum(1).log().add(max); // [N]
        Tensor zero = logits.full(Shape.scalar(), 0);
        Tensor picked = oneHot(logits, inputs.get(1)).select(logits, zero).sum(1);
        Tensor skip = skip(logits, inputs.get(1));
        Tensor sum = skip.select(zero, classed(inputs.get(1), logits.dim(1), rowSum.subtract(picked)))
                .sum();
        Tensor weight = skip.select(zero, logits.full(max.shape(), 1)).sum();
        return Optional.of(List.of(sum, weight, rowSum));
    }

    /** BOOL [N, V]: the target's column. */
    static Tensor oneHot(Tensor logits, Tensor targets) {
        return logits.iota(logits.type().withDType(DType.INT32), 1).equal(Softmax.column(targets));
    }

    /** Values of rows [N], NaN where the target is no class. */
    static Tensor classed(Tensor targets, long classes, Tensor rows) {
        Tensor nan = rows.full(Shape.scalar(), Double.NaN);
        Tensor below = targets.less(targets.full(Shape.scalar(), 0));
        Tensor above = targets.full(Shape.scalar(), classes - 1).less(targets);
        return below.select(nan, above.select(nan, rows));
    }

    /** BOOL [N]: the rows that do not count. */
    Tensor skip(Tensor logits, Tensor targets) {
        return targets.equal(targets.full(Shape.scalar(), ignored));
    }
}
