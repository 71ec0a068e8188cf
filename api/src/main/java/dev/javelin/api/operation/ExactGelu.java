package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * GELU itself: x · Φ(x), Φ the standard normal distribution, = x/2 · (1 + erf(x/√2)). {@link Gelu} is its approximation
 * by tanh.
 *
 * <p>Source: Hendrycks, Gimpel, "Gaussian error linear units", arXiv:1606.08415, section 2.
 */
public record ExactGelu() implements Operation {
    /** √½. */
    static final double ROOT_HALF = 0.7071067811865476;

    @Override
    public String name() {
        return "exact_gelu";
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
        site.contribute(0, x.graph().emit(new ExactGeluGradient(), x, site.outputGradient(0)));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        return Optional.of(List.of(x.multiply(distribution(x))));
    }

    /** Φ(x). */
    static Tensor distribution(Tensor x) {
        return x.multiply(ROOT_HALF).erf().add(1).multiply(0.5);
    }
}
