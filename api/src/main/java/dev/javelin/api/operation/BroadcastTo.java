package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/** Repeats dims of extent 1, and missing leading dims, up to a shape. Primitive. */
public record BroadcastTo(Shape shape) implements Operation {
    @Override
    public String name() {
        return "broadcast";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.require(
                Shape.broadcast(inputs.get(0).shape(), shape).equals(shape),
                name(),
                inputs,
                "a shape that broadcasts to " + shape);
        return List.of(inputs.get(0).withShape(shape));
    }

    @Override
    public void gradient(GradientSite site) {
        site.contribute(0, site.outputGradient(0).sumTo(site.input(0).shape()));
    }
}
