package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Locale;

/** Compares two tensors of one dtype (floating or INT32) with broadcasting; gives BOOL. Primitive. */
public record Compare(Kind kind) implements Operation {
    public enum Kind {
        EQUAL,
        LESS
    }

    @Override
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.require(inputs.get(0).dtype() == inputs.get(1).dtype(), name(), inputs, "two inputs of one dtype");
        return List.of(new TensorType(
                DType.BOOL, Shape.broadcast(inputs.get(0).shape(), inputs.get(1).shape())));
    }

    @Override
    public void gradient(GradientSite site) {}
}
