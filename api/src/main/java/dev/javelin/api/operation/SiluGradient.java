package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/** (x, dy) → dy · silu′(x): with s = sigmoid(x), s · (1 + x · (1 − s)). */
public record SiluGradient() implements Operation {
    @Override
    public String name() {
        return "silu_gradient";
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
        return Optional.of(List.of(inputs.get(1).multiply(slope(x, x.sigmoid()))));
    }

    /** s · (1 + x · (1 − s)) for s = sigmoid(x). */
    static Tensor slope(Tensor x, Tensor s) {
        return s.multiply(x.multiply(s.negate().add(1)).add(1));
    }
}
