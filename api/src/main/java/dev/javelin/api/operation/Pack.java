package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * Inputs one after the other in a flat buffer, zeros behind them up to its length. The engine places an input inside
 * the output where it can, so that nothing is left to copy: a kernel must allow any input to lie at its place already.
 * Primitive.
 *
 * @param elements length of the output
 */
public record Pack(long elements) implements Operation {
    @Override
    public String name() {
        return "pack";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        long total = 0;
        for (TensorType input : inputs) {
            TypeRules.require(input.dtype() == inputs.getFirst().dtype(), name(), inputs, "inputs of one dtype");
            total += input.elements();
        }
        TypeRules.require(total <= elements, name(), inputs, "at most " + elements + " elements");
        return List.of(inputs.getFirst().withShape(Shape.of(elements)));
    }
}
