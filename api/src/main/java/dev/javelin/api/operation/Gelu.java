package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * GELU in its tanh form: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
 *
 * <p>Source: Hendrycks, Gimpel, "Gaussian error linear units", arXiv:1606.08415, section 2.
 */
public record Gelu() implements Operation {
    /** √(2/π). */
    public static final double K = 0.7978845608028654;

    /** The cubic term's factor. */
    public static final double CUBIC = 0.044715;

    @Override
    public String name() {
        return "gelu";
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
        site.contribute(0, x.graph().emit(new GeluGradient(), x, site.outputGradient(0)));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        return Optional.of(List.of(x.multiply(0.5).multiply(tanh(x).add(1))));
    }

    static Tensor tanh(Tensor x) {
        return x.add(x.multiply(x.square()).multiply(CUBIC)).multiply(K).tanh();
    }
}
