package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (dy [.., C], x [.., C], scale [C], 1/rms [..]) → dx [.., C], dscale [C].
 *
 * <p>With n = x/rms and g = dy · scale: dx = (g − n · mean(g·n))/rms, the mean over C, and dscale = Σ dy · n over rows.
 */
public record RmsNormGradient() implements Operation {
    @Override
    public String name() {
        return "rms_norm_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 4);
        TypeRules.floating(name(), inputs);
        List<TensorType> forward = new RmsNorm(0).infer(inputs.subList(1, 3));
        TypeRules.require(
                inputs.get(0).equals(forward.get(0)) && inputs.get(3).equals(forward.get(1)),
                name(),
                inputs,
                "dy, x, scale and 1/rms of one norm");
        return List.of(inputs.get(1), inputs.get(2));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor dy = inputs.get(0);
        Tensor scale = inputs.get(2);
        Tensor inverse = Softmax.column(inputs.get(3));
        Tensor n = inputs.get(1).multiply(inverse);
        Tensor g = dy.multiply(scale);
        Tensor meanGn = Softmax.column(g.multiply(n).mean(-1));
        Tensor dx = g.subtract(n.multiply(meanGn)).multiply(inverse);
        return Optional.of(List.of(dx, dy.multiply(n).sumTo(scale.shape())));
    }
}
