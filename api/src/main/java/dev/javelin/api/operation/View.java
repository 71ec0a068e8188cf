package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalLong;

/** A range of a flat buffer read under a shape: how a parameter lies in its chunk. */
public record View(long offset, Shape shape) implements Operation {
    @Override
    public String name() {
        return "view";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.require(
                inputs.get(0).shape().rank() == 1
                        && offset >= 0
                        && offset + shape.elements() <= inputs.get(0).elements(),
                name(),
                inputs,
                "a flat buffer that holds elements " + offset + " to " + (offset + shape.elements()));
        return List.of(inputs.get(0).withShape(shape));
    }

    @Override
    public OptionalLong view(List<TensorType> inputs) {
        return OptionalLong.of(offset);
    }
}
