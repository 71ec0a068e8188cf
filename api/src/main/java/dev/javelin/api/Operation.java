package dev.javelin.api;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One kind of instruction: a record whose components are its static attributes. Operations are open: anyone may add
 * one, with a shape rule, a gradient rule and either a decomposition into simpler operations or kernels in an
 * accelerator. Implementations are records (equal attributes make equal operations) and hold no state.
 *
 * <p>An accelerator is asked for a kernel first; what it declines, the engine decomposes, so that the temporaries of
 * the decomposition are placed and visible like all others.
 */
public interface Operation {

    /** Name in programs, reports and errors, for example {@code matmul}. */
    String name();

    /**
     * The shape rule: types of the outputs for these inputs.
     *
     * @throws JavelinException if the inputs do not fit, with the actual and the expected types
     */
    List<TensorType> infer(List<TensorType> inputs);

    /**
     * The gradient rule, in terms of other operations: for every wanted input, adds its contribution by
     * {@link GradientSite#contribute}. The default says that the operation has no gradient.
     */
    default void gradient(GradientSite site) {
        throw new JavelinException(
                "JVL-API-0005",
                "operation " + name() + " has no gradient rule, but a trainable parameter reaches it",
                "give the operation a gradient rule, or cut the path with stopGradient()");
    }

    /** The same result by simpler operations; empty for a primitive, which every accelerator must have. */
    default Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        return Optional.empty();
    }

    /**
     * For an operation that is only another reading of its first input's memory (reshape, a leading slice): the offset
     * of its output in elements of the input. Empty for all that compute.
     */
    default OptionalLong view(List<TensorType> inputs) {
        return OptionalLong.empty();
    }

    /**
     * The input whose memory this output must share: the operation updates it in place, and the old value is gone.
     * Empty for a fresh output.
     */
    default OptionalInt overwrites(int output) {
        return OptionalInt.empty();
    }

    /** True if the instruction is kept although nobody reads its outputs, and is seen by the host. */
    default boolean effect() {
        return false;
    }
}
