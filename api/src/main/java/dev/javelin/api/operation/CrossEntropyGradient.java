package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (logits [N, V], targets INT32 [N], log Σ exp [N], gradient of the sum []) → (softmax − one-hot) · gradient, and zeros
 * for ignored rows. The output may share the memory of the logits.
 *
 * <p>Types: logits floating, the result like them; log Σ exp and the gradient of the sum FLOAT32 where they have 16 bits,
 * else like them.
 */
public record CrossEntropyGradient(int ignored) implements Operation {
    @Override
    public String name() {
        return "cross_entropy_gradient";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 4);
        TensorType logits = inputs.get(0);
        List<TensorType> forward = new CrossEntropy(ignored).infer(inputs.subList(0, 2));
        TypeRules.require(
                inputs.get(2).equals(forward.get(2)) && inputs.get(3).equals(forward.get(0)),
                name(),
                inputs,
                "logits, targets, row sums and a scalar gradient");
        return List.of(logits);
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        DType dtype = inputs.get(0).dtype();
        Tensor logits = inputs.get(0).cast(dtype.wide());
        Tensor zero = logits.full(Shape.scalar(), 0);
        Tensor one = logits.full(Shape.scalar(), 1);
        Tensor rowSums = CrossEntropy.classed(inputs.get(1), logits.dim(1), inputs.get(2));
        Tensor p = logits.subtract(Softmax.column(rowSums)).exp();
        Tensor hot = CrossEntropy.oneHot(logits, inputs.get(1)).select(one, zero);
        Tensor gradient = p.subtract(hot).multiply(inputs.get(3));
        Tensor skip = Softmax.column(new CrossEntropy(ignored).skip(logits, inputs.get(1)));
        return Optional.of(List.of(skip.select(zero, gradient).cast(dtype)));
    }
}
