package dev.javelin.api.operation;

import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link CrossEntropy} and {@link CrossEntropyGradient} at once: (logits [N, V], targets INT32 [N], gradient of the sum
 * []) → the sum over rows, the number of rows summed, and the gradient of the logits [N, V], which may share the memory
 * of the logits. A kernel that keeps a row between both reads the logits once where the two read them twice, and no row
 * sums lie in memory. Made by the engine's rewrites, never by model code, and after differentiation. That the gradient of
 * a sum is known before the sum is what llm.c's fused classifier and Liger Kernel (Hsu et al., "Liger Kernel: Efficient
 * Triton Kernels for LLM Training", arXiv:2410.10989, section 3.2) build on too; here the logits are not cut into chunks
 * by the operation, and the gradient is not averaged.
 *
 * <p>Types: logits floating, their gradient like them; sum, number and gradient of the sum FLOAT32 where they have 16
 * bits, else like them. Results have the bits of the two operations one after the other.
 */
public record FusedCrossEntropy(int ignored) implements Operation {
    @Override
    public String name() {
        return "fused_cross_entropy";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 3);
        List<TensorType> forward = new CrossEntropy(ignored).infer(inputs.subList(0, 2));
        TypeRules.require(
                inputs.get(2).equals(forward.get(0)),
                name(),
                inputs,
                "logits, targets and a scalar gradient " + forward.get(0));
        return List.of(forward.get(0), forward.get(1), inputs.get(0));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor logits = inputs.get(0);
        Tensor targets = inputs.get(1);
        List<Tensor> forward = logits.graph().emit(new CrossEntropy(ignored), List.of(logits, targets));
        List<Tensor> all = new ArrayList<>(forward.subList(0, 2));
        all.addAll(logits.graph()
                .emit(new CrossEntropyGradient(ignored), List.of(logits, targets, forward.get(2), inputs.get(2))));
        return Optional.of(all);
    }
}
