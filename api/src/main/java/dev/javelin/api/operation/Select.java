package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;

/** (condition BOOL, yes, no) → yes where the condition holds, else no; all three broadcast. Primitive. */
public record Select() implements Operation {
    @Override
    public String name() {
        return "select";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 3);
        TypeRules.require(
                inputs.get(0).dtype() == DType.BOOL
                        && inputs.get(1).dtype() == inputs.get(2).dtype(),
                name(),
                inputs,
                "BOOL and two of one dtype");
        Shape shape = Shape.broadcast(inputs.get(1).shape(), inputs.get(2).shape());
        return List.of(inputs.get(1).withShape(Shape.broadcast(inputs.get(0).shape(), shape)));
    }

    @Override
    public void gradient(GradientSite site) {
        Tensor dy = site.outputGradient(0);
        Tensor zero = dy.full(Shape.scalar(), 0);
        if (site.wants(1)) {
            site.contribute(
                    1, site.input(0).select(dy, zero).sumTo(site.input(1).shape()));
        }
        if (site.wants(2)) {
            site.contribute(
                    2, site.input(0).select(zero, dy).sumTo(site.input(2).shape()));
        }
    }
}
