package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (dy [.., C], x [.., C], scale [C], 1/rms [..]) → dx [.., C], dscale [C].
 *
 * <p>Types: dy, x and dx of one floating type; scale and dscale of that type, or FLOAT32 where it has 16 bits; 1/rms
 * FLOAT32 where it has 16 bits, else of that type. With 16 bits, all arithmetic is FLOAT32.
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
        DType dtype = inputs.get(0).dtype();
        DType wide = dtype.wide();
        Tensor dy = inputs.get(0).cast(wide);
        Tensor scale = inputs.get(2).cast(wide);
        Tensor inverse = Softmax.column(inputs.get(3));
        Tensor n = inputs.get(1).cast(wide).multiply(inverse);
        Tensor g = dy.multiply(scale);
        Tensor meanGn = Softmax.column(g.multiply(n).mean(-1));
        Tensor dx = g.subtract(n.multiply(meanGn)).multiply(inverse);
        Tensor dScale = dy.multiply(n).sumTo(scale.shape());
        return Optional.of(List.of(dx.cast(dtype), dScale.cast(inputs.get(2).dtype())));
    }
}
