package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (dy [.., C], x [.., C], scale [C], mean [..], 1/σ [..]) → dx [.., C], dscale [C], dshift [C].
 *
 * <p>Types: dy, x and dx of one floating type; scale, dscale and dshift of that type, or FLOAT32 where it has 16 bits;
 * mean and 1/σ FLOAT32 where it has 16 bits, else of that type. With 16 bits, all arithmetic is FLOAT32.
 *
 * <p>With n = (x − mean)/σ and g = dy · scale: dx = (g − mean(g) − n · mean(g·n))/σ, means over C.
 */
public record LayerNormGradient() implements Operation {
    @Override
    public String name() {
        return "layer_norm_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 5);
        List<TensorType> forward = new LayerNorm(0).infer(List.of(inputs.get(1), inputs.get(2), inputs.get(2)));
        TypeRules.require(
                inputs.get(0).equals(inputs.get(1))
                        && inputs.get(3).equals(forward.get(1))
                        && inputs.get(4).equals(forward.get(2)),
                name(),
                inputs,
                "dy, x, scale, mean and 1/σ of one norm");
        return List.of(inputs.get(1), inputs.get(2), inputs.get(2));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        DType dtype = inputs.get(0).dtype();
        DType wide = dtype.wide();
        Tensor dy = inputs.get(0).cast(wide);
        Tensor x = inputs.get(1).cast(wide);
        Tensor scale = inputs.get(2).cast(wide);
        Tensor inverse = Softmax.column(inputs.get(4));
        Tensor n = x.subtract(Softmax.column(inputs.get(3))).multiply(inverse);
        Tensor g = dy.multiply(scale);
        Tensor meanG = Softmax.column(g.mean(-1));
        Tensor meanGn = Softmax.column(g.multiply(n).mean(-1));
        Tensor dx = g.subtract(meanG).subtract(n.multiply(meanGn)).multiply(inverse);
        DType own = inputs.get(2).dtype();
        return Optional.of(List.of(
                dx.cast(dtype),
                dy.multiply(n).sumTo(scale.shape()).cast(own),
                dy.sumTo(scale.shape()).cast(own)));
    }
}
