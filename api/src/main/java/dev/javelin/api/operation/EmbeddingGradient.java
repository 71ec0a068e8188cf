package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * (ids INT32 [..], dy [.., C]) → [V, C], the sum of the rows of dy by id, added in the order of the tokens; ids outside
 * 0 to V−1 are left out. Primitive.
 *
 * @param rows V
 */
public record EmbeddingGradient(long rows) implements Operation {
    @Override
    public String name() {
        return "embedding_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TensorType ids = inputs.get(0);
        TensorType dy = inputs.get(1);
        TypeRules.require(
                ids.dtype() == DType.INT32
                        && dy.shape().rank() == ids.shape().rank() + 1
                        && dy.shape().without(-1).equals(ids.shape()),
                name(),
                inputs,
                "I32 ids [..] and dy [.., C]");
        return List.of(dy.withShape(Shape.of(rows, dy.shape().dim(-1))));
    }
}
