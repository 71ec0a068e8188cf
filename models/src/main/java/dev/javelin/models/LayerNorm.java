package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;

/**
 * Normalises the last dim to mean 0 and variance 1, then scales and shifts it: [.., C] → [.., C]. Parameters {@code
 * weight} [C], starting at 1, and {@code bias} [C], starting at 0; ε is 1e-5.
 *
 * <p>Source: Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450, section 3.
 */
public final class LayerNorm extends Layer {
    private static final double EPSILON = 1e-5;

    private final Parameter weight;
    private final Parameter bias;

    public LayerNorm(long width) {
        weight = parameter("weight", Shape.of(width), Initializer.ones());
        bias = parameter("bias", Shape.of(width), Initializer.zeros());
    }

    @Override
    protected Tensor forward(Tensor x) { // [.., C]
        return x.layerNorm(weight.on(x), bias.on(x), EPSILON);
    }
}
