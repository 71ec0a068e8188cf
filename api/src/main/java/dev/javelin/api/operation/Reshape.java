package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/** The same elements under another shape: a view. */
public record Reshape(Shape shape) implements Operation {
    @Override
    public String name() {
        return "reshape";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.require(
                inputs.get(0).elements() == shape.elements(),
                name(),
                inputs,
                shape.elements() + " elements for " + shape);
        return List.of(inputs.get(0).withShape(shape));
    }

    @Override
    public void gradient(GradientSite site) {
        site.contribute(0, site.outputGradient(0).reshape(site.input(0).shape()));
    }

    @Override
    public OptionalLong view(List<TensorType> inputs) {
        return OptionalLong.of(0);
    }

    /** The target shape with a single -1 replaced by what is left over. */
    public static Shape resolve(Shape from, long... dims) {
        long known = 1;
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= dims[i];
            }
        }
        if (open < 0) {
            return Shape.of(dims);
        }
        if (known == 0 || from.elements() % known != 0) {
            throw new JavelinException(
                    "JVL-API-0011",
                    "reshape: " + from + " does not fit " + Arrays.toString(dims),
                    "the extents must multiply to " + from.elements());
        }
        long[] resolved = dims.clone();
        resolved[open] = from.elements() / known;
        return Shape.of(resolved);
    }
}
