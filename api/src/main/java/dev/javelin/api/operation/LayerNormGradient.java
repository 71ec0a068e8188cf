package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (dy [.., C], x [.., C], scale [C], mean [..], 1/σ [..]) → dx [.., C], dscale [C], dshift [C].
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
        TypeRules.floating(name(), inputs);
        TypeRules.require(inputs.get(0).equals(inputs.get(1)), name(), inputs, "dy and x of one type");
        return List.of(inputs.get(1), inputs.get(2), inputs.get(2));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor dy = inputs.get(0);
        Tensor x = inputs.get(1);
        Tensor inverse = Softmax.column(inputs.get(4));
        Tensor n = x.subtract(Softmax.column(inputs.get(3))).multiply(inverse);
        Tensor g = dy.multiply(inputs.get(2));
        Tensor meanG = Softmax.column(g.mean(-1));
        Tensor meanGn = Softmax.column(g.multiply(n).mean(-1));
        Tensor dx = g.subtract(meanG).subtract(n.multiply(meanGn)).multiply(inverse);
        Tensor scale = inputs.get(2);
        return Optional.of(List.of(dx, dy.multiply(n).sumTo(scale.shape()), dy.sumTo(scale.shape())));
    }
}
