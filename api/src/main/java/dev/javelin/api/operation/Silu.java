package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * x · sigmoid(x), also named swish.
 *
 * <p>Source: Elfwing et al., "Sigmoid-weighted linear units", arXiv:1702.03118, equation 3.
 */
public record Silu() implements Operation {
    @Override
    public String name() {
        return "silu";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        TypeRules.floating(name(), inputs);
        return inputs;
    }

    @Override
    public void gradient(GradientSite site) {
        Tensor x = site.input(0);
        site.contribute(0, x.graph().emit(new SiluGradient(), x, site.outputGradient(0)));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        return Optional.of(List.of(x.multiply(x.sigmoid())));
    }
}
