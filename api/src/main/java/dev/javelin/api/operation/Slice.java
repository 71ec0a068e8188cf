package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalLong;

/** Some neighbouring positions of one dim. A view when all dims before it have extent 1, else a copy. Primitive. */
public record Slice(int dim, long start, long length) implements Operation {
    @Override
    public String name() {
        return "slice";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        Shape shape = inputs.get(0).shape();
        TypeRules.require(
                dim < shape.rank() && start >= 0 && length >= 0 && start + length <= shape.dim(dim),
                name(),
                inputs,
                "positions " + start + " to " + (start + length) + " within dim " + dim);
        return List.of(inputs.get(0).withShape(shape.with(dim, length)));
    }

    @Override
    public void gradient(GradientSite site) {
        site.contribute(
                0,
                site.outputGradient(0)
                        .graph()
                        .emit(new Pad(dim, start, site.input(0).dim(dim)), site.outputGradient(0)));
    }

    @Override
    public OptionalLong view(List<TensorType> inputs) {
        Shape shape = inputs.get(0).shape();
        return shape.elements(0, dim) == 1
                ? OptionalLong.of(start * shape.elements(dim + 1, shape.rank()))
                : OptionalLong.empty();
    }
}
