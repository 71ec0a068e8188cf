package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/** (y, dy) → y · (dy − Σ y·dy) over the last dim, where y is the softmax. */
public record SoftmaxGradient() implements Operation {
    @Override
    public String name() {
        return "softmax_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.floating(name(), inputs);
        TypeRules.require(inputs.get(0).equals(inputs.get(1)), name(), inputs, "y and dy of one type");
        return List.of(inputs.get(0));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor y = inputs.get(0);
        Tensor dy = inputs.get(1);
        return Optional.of(
                List.of(y.multiply(dy.subtract(Softmax.column(y.multiply(dy).sum(-1))))));
    }
}
