package dev.javelin.models;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
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

    /** The element type that this layer computes with in the program of {@code any}. */
    DType dtype(Tensor any) {
        return weight.on(any).dtype();
    }

    @Override
    protected Tensor forward(Tensor x) { // [.., in]
        return x.linear(weight.on(x), bias == null ? null : bias.on(x)); // [.., out]
    }
}
