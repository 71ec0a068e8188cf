package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/** Reorders dims: dim i of the output is dim {@code order[i]} of the input. Copies. Primitive. */
public record Permute(List<Integer> order) implements Operation {
    public Permute {
        order = List.copyOf(order);
    }

    @Override
    public String name() {
        return "permute";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        Shape shape = inputs.get(0).shape();
        TypeRules.require(
                order.size() == shape.rank() && order.stream().distinct().count() == shape.rank(),
                name(),
                inputs,
                "each dim once in the order " + order);
        return List.of(inputs.get(0)
                .withShape(Shape.of(order.stream().mapToLong(shape::dim).toArray())));
    }

    @Override
    public void gradient(GradientSite site) {
        int[] inverse = new int[order.size()];
        for (int i = 0; i < inverse.length; i++) {
            inverse[order.get(i)] = i;
        }
        site.contribute(0, site.outputGradient(0).permute(inverse));
    }
}
