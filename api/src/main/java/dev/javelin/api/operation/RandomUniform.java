package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * (random INT32 [6]) → uniform numbers in [0, 1), each a pure function of its global element index.
 *
 * <p>{@code random} holds seed low, seed high, step, micro-batch, first global sample, rows. With e = first sample ·
 * (elements / rows) + local index, the number is the top 24 bits of word e mod 4 of {@link dev.javelin.api.Philox} at
 * counter (low(e/4), high(e/4) xor call, step, micro-batch) and key (seed low, seed high), times 2⁻²⁴. Primitive.
 *
 * @param call the key of this call within the program
 */
public record RandomUniform(TensorType type, int call) implements Operation {
    @Override
    public String name() {
        return "random_uniform";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.require(inputs.get(0).equals(TensorType.of(DType.INT32, 6)), name(), inputs, "I32[6]");
        return List.of(type);
    }

    @Override
    public void gradient(GradientSite site) {}
}
