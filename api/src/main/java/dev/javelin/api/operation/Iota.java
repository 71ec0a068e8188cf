package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/** Every element holds its index along one dim. Primitive. */
public record Iota(TensorType type, int dim) implements Operation {
    @Override
    public String name() {
        return "iota";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 0);
        type.shape().index(dim);
        return List.of(type);
    }

    @Override
    public void gradient(GradientSite site) {}
}
