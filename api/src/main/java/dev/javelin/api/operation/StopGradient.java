package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalLong;

/** The same value, with no gradient: a view. */
public record StopGradient() implements Operation {
    @Override
    public String name() {
        return "stop_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        return inputs;
    }

    @Override
    public void gradient(GradientSite site) {}

    @Override
    public OptionalLong view(List<TensorType> inputs) {
        return OptionalLong.of(0);
    }
}
