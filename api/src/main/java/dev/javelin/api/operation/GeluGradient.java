package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/** (x, dy) → dy · gelu′(x) for the tanh form: with t = tanh(u), (1+t)/2 + x/2 · (1−t²) · √(2/π)(1 + 3·0.044715 x²). */
public record GeluGradient() implements Operation {
    @Override
    public String name() {
        return "gelu_gradient";
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
        Tensor t = Gelu.tanh(x);
        Tensor inner = x.square().multiply(3 * Gelu.CUBIC).add(1).multiply(Gelu.K);
        Tensor slope = t.square().negate().add(1).multiply(x.multiply(0.5)).multiply(inner);
        return Optional.of(List.of(t.add(1).multiply(0.5).add(slope).multiply(inputs.get(1))));
    }
}
