package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/** (x, dy) → dy · (Φ(x) + x · φ(x)), with the standard normal distribution Φ and its density φ(x) = e^(−x²/2)/√(2π). */
public record ExactGeluGradient() implements Operation {
    /** 1/√(2π). */
    private static final double DENSITY = 0.3989422804014327;

    @Override
    public String name() {
        return "exact_gelu_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.floating(name(), inputs);
        TypeRules.require(inputs.get(0).equals(inputs.get(1)), name(), inputs, "x and dy of one type");
        return List.of(inputs.get(0));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        Tensor density = x.square().multiply(-0.5).exp().multiply(DENSITY);
        Tensor slope = ExactGelu.distribution(x).add(x.multiply(density));
        return Optional.of(List.of(slope.multiply(inputs.get(1))));
    }
}
