package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/** scale · x + shift with constants, rounded once per operation: a product, then a sum. Primitive. */
public record Affine(double scale, double shift) implements Operation {
    @Override
    public String name() {
        return "affine";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.floating(name(), inputs);
        return inputs;
    }

    @Override
    public void gradient(GradientSite site) {
        site.contribute(
                0, scale == 1 ? site.outputGradient(0) : site.outputGradient(0).multiply(scale));
    }
}
