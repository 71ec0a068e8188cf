package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/** A constant in every element. Primitive. */
public record Fill(TensorType type, double value) implements Operation {
    @Override
    public String name() {
        return "fill";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 0);
        return List.of(type);
    }

    @Override
    public void gradient(GradientSite site) {}
}
