package dev.javelin.models;

import dev.javelin.api.Initializer;
import dev.javelin.api.Layer;
import dev.javelin.api.Tensor;

/**
 * The gated feed-forward layer: down_proj(silu(gate_proj(x)) · up_proj(x)), [.., C] → [.., C] by way of width F. Children
 * {@code gate_proj} and {@code up_proj} [F, C], {@code down_proj} [C, F], without bias. Gate and up are computed as one
 * product.
 *
 * <p>Source: Shazeer, "GLU variants improve transformer", arXiv:2002.05202, equation 6.
 */
public final class SwiGlu extends Layer {
    private final Linear gate;
    private final Linear up;
    private final Linear down;

    /** Weights that start normal with deviation 0.02. */
    public SwiGlu(long width, long inner) {
        this(width, inner, Initializer.normal(0.02), Initializer.normal(0.02));
    }

    /**
     * @param projection first values of {@code down_proj}
     */
    public SwiGlu(long width, long inner, Initializer weight, Initializer projection) {
        gate = child("gate_proj", Linear.withoutBias(width, inner, weight));
        up = child("up_proj", Linear.withoutBias(width, inner, weight));
        down = child("down_proj", Linear.withoutBias(inner, width, projection));
    }

    @Override
    protected Tensor forward(Tensor x) { // [.., C]
        Tensor gated = Linear.joined(x, gate, up).swiGlu(); // [.., F]
        return down.apply(gated); // [.., C]
    }
}
