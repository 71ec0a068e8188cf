package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;

/**
 * Divides the last dim by its root mean square, then scales it: [.., C] → [.., C]. Parameter {@code weight} [C], starting
 * at 1.
 *
 * <p>Source: Zhang, Sennrich, "Root mean square layer normalization", arXiv:1910.07467, section 3.
 */
public final class RmsNorm extends Layer {
    private final Parameter weight;
    private final double epsilon;

    /** A norm with ε 1e-5. */
    public RmsNorm(long width) {
        this(width, 1e-5);
    }

    /**
     * @param epsilon added to the mean square
     */
    public RmsNorm(long width, double epsilon) {
        weight = parameter("weight", Shape.of(width), Initializer.ones());
        this.epsilon = epsilon;
    }

    @Override
    protected Tensor forward(Tensor x) { // [.., C]
        return x.rmsNorm(weight.on(x), epsilon);
    }
}
