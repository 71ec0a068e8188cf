package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * Places the input at {@code start} of a dim that gets {@code extent} positions, zeros around it: the gradient of
 * {@link Slice}. Primitive.
 */
public record Pad(int dim, long start, long extent) implements Operation {
    @Override
    public String name() {
        return "pad";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        Shape shape = inputs.get(0).shape();
        TypeRules.require(
                dim < shape.rank() && start >= 0 && start + shape.dim(dim) <= extent,
                name(),
                inputs,
                "an input that fits into " + extent + " positions from " + start + " of dim " + dim);
        return List.of(inputs.get(0).withShape(shape.with(dim, extent)));
    }

    @Override
    public void gradient(GradientSite site) {
        site.contribute(
                0, site.outputGradient(0).slice(dim, start, site.input(0).dim(dim)));
    }
}
