package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * (table [V, C], ids INT32 [..]) → the table's rows [.., C]. An id outside 0 to V−1 gives a row of NaN, so that the
 * check for non-finite numbers names this instruction. Primitive.
 */
public record Embedding() implements Operation {
    @Override
    public String name() {
        return "embedding";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TensorType table = inputs.get(0);
        TensorType ids = inputs.get(1);
        TypeRules.require(
                table.dtype().floating() && table.shape().rank() == 2 && ids.dtype() == DType.INT32,
                name(),
                inputs,
                "a floating table [V, C] and I32 ids");
        return List.of(table.withShape(
                ids.shape().insert(ids.shape().rank(), table.shape().dim(1))));
    }

    @Override
    public void gradient(GradientSite site) {
        site.contribute(
                0,
                site.input(0)
                        .graph()
                        .emit(new EmbeddingGradient(site.input(0).dim(0)), site.input(1), site.outputGradient(0)));
    }
}
