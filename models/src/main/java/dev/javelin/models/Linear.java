package dev.javelin.models;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * x · weightᵀ + bias: [.., in] → [.., out]. Parameters {@code weight} [out, in] and, unless it has none, {@code bias}
 * [out].
 */
public final class Linear extends Layer {
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /** Weight and bias uniform in ±1/√in, as PyTorch starts a linear layer. */
    public Linear(long in, long out) {
        this(in, out, Initializer.uniform(-bound(in), bound(in)), Initializer.uniform(-bound(in), bound(in)));
    }

    private Linear(long in, long out, Initializer weight, @Nullable Initializer bias) {
        this.weight = parameter("weight", Shape.of(out, in), weight);
        this.bias = bias == null ? null : parameter("bias", Shape.of(out), bias);
    }

    /** A layer whose weight starts like this and whose bias starts at zero. */
    public static Linear of(long in, long out, Initializer weight) {
        return new Linear(in, out, weight, Initializer.zeros());
    }

    /** A layer without bias. */
    public static Linear withoutBias(long in, long out, Initializer weight) {
        return new Linear(in, out, weight, null);
    }

    private static double bound(long in) {
        return 1 / StrictMath.sqrt(in);
    }

    /**
     * Layers of one input as one product: x [.., in] → [.., Σ out], their outputs one after the other. The weights are
     * joined, which costs nothing where they lie one after the other in memory.
     *
     * @throws JavelinException {@code JVL-API-0033} if some have a bias and others none
     */
    public static Tensor joined(Tensor x, Linear first, Linear... others) {
        Tensor[] weights = new Tensor[others.length];
        Tensor[] biases = new Tensor[others.length];
        for (int i = 0; i < others.length; i++) {
            if ((others[i].bias == null) != (first.bias == null)) {
                throw new JavelinException(
                        "JVL-API-0033",
                        "linear: one of the layers to be joined has a bias, another has none",
                        "give all of them a bias or none, or apply them one by one");
            }
            weights[i] = others[i].weight.on(x);
            if (others[i].bias != null) {
                biases[i] = others[i].bias.on(x);
            }
        }
        Tensor weight = first.weight.on(x).concat(0, weights); // [Σ out, in]
        return x.linear(weight, first.bias == null ? null : first.bias.on(x).concat(0, biases));
    }

    /** The element type that this layer computes with in the program of {@code any}. */
    DType dtype(Tensor any) {
        return weight.on(any).dtype();
    }

    @Override
    protected Tensor forward(Tensor x) { // [.., in]
        return x.linear(weight.on(x), bias == null ? null : bias.on(x)); // [.., out]
    }
}
