package dev.javelin.api;

import java.util.List;

/** Where a gradient rule works: the forward instruction, the gradients that reached its outputs, and what is wanted. */
public interface GradientSite {

    List<Tensor> inputs();

    List<Tensor> outputs();

    default Tensor input(int index) {
        return inputs().get(index);
    }

    default Tensor output(int index) {
        return outputs().get(index);
    }

    /** True if any gradient reached this output. */
    boolean hasOutputGradient(int index);

    /** The gradient that reached this output: same type; zeros if none did. */
    Tensor outputGradient(int index);

    /** True if the gradient of this input is needed: compute no others. */
    boolean wants(int index);

    /** Adds a contribution to the gradient of an input; the type must be the input's. */
    void contribute(int index, Tensor gradient);
}
