package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (packed [.., 2F], dy [.., F]) → the gradient of the packed projection. With s = sigmoid(gate): dgate = dy · up · s · (1
 * + gate · (1 − s)), dup = dy · gate · s. The output may share the memory of the packed projection.
 */
public record SwiGluGradient() implements Operation {
    @Override
    public String name() {
        return "swiglu_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.floating(name(), inputs);
        TypeRules.require(
                new SwiGlu().infer(inputs.subList(0, 1)).getFirst().equals(inputs.get(1)),
                name(),
                inputs,
                "a packed projection [.., 2F] and dy [.., F]");
        return List.of(inputs.get(0));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor gate = SwiGlu.half(inputs.get(0), 0);
        Tensor up = SwiGlu.half(inputs.get(0), 1);
        Tensor dy = inputs.get(1);
        Tensor s = gate.sigmoid();
        Tensor slope = SiluGradient.slope(gate, s);
        return Optional.of(List.of(dy.multiply(up).multiply(slope).concat(-1, dy.multiply(gate.multiply(s)))));
    }
}
