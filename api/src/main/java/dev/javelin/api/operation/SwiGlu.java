package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * SwiGLU over a packed projection: [.., 2F], the gate and then what it lets through, → silu(gate) · up [.., F], with
 * silu(x) = x / (1 + e⁻ˣ).
 *
 * <p>Source: Shazeer, "GLU variants improve transformer", arXiv:2002.05202, equation 5, without its matrices.
 */
public record SwiGlu() implements Operation {
    @Override
    public String name() {
        return "swiglu";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.floating(name(), inputs);
        TensorType x = inputs.get(0);
        TypeRules.require(
                x.shape().rank() >= 1 && x.shape().dim(-1) % 2 == 0, name(), inputs, "a last dim of an even extent");
        return List.of(x.withShape(x.shape().with(-1, x.shape().dim(-1) / 2)));
    }

    @Override
    public void gradient(GradientSite site) {
        Tensor x = site.input(0);
        site.contribute(0, x.graph().emit(new SwiGluGradient(), x, site.outputGradient(0)));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor gate = half(inputs.get(0), 0);
        return Optional.of(List.of(gate.multiply(gate.sigmoid()).multiply(half(inputs.get(0), 1))));
    }

    /** The gate (0) or what it lets through (1). */
    static Tensor half(Tensor packed, int which) {
        long width = packed.dim(-1) / 2;
        return packed.slice(-1, which * width, width);
    }
}
