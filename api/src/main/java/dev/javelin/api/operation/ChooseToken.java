package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * Chooses the next token of each text from its logits: (logits [B, V] floating, how INT64 [B, 6]) → token INT32 [B]. How
 * is an array, so that one compiled program serves all settings. No gradient and no decomposition: where an accelerator has
 * no kernel for it, the host chooses.
 *
 * <p>A row of how is temperature, K, P, choices, seed and index of the token in its text; temperature and P are the bits of
 * a double ({@link Double#doubleToRawLongBits}), so that no conversion of floating inputs rounds them.
 *
 * <ol>
 *   <li>only the first {@code choices} logits count; 0 or more than V: all. Where one of them is NaN, or the largest is
 *       not finite, the token is −1
 *   <li>temperature 0: the largest logit, of equals the first
 *   <li>K from 1 on: only the K largest logits count, and all that equal the K-th; 0: all
 *   <li>each logit x has the weight exp((x − largest) / temperature) · 2^s, rounded to the nearest integer, of two to the
 *       even one; s is {@link #unit}
 *   <li>P below 1: in descending order, of equal logits the first one first, only so many count as it takes for their
 *       weights to add up to P times the sum of all
 *   <li>the token is the first, by index, up to which the weights add up to more than ⌊u · sum⌋, where u, from 0 to below
 *       1, are the 53 leading bits of the first two words of {@link dev.javelin.api.Philox} for the counter (index low,
 *       index high, 0, 0) and the key (seed low, seed high)
 * </ol>
 *
 * <p>The arithmetic is fixed, so that every device chooses the same token from the same logits: difference and quotient
 * are FLOAT64, exp is that of {@link StrictMath}, weights and their sums are integers of 64 bits, which may be added in
 * any order; P times the sum is a product of FLOAT64 numbers, rounded up. Zeros of both signs are equal. Settings outside
 * of {@code temperature ≥ 0, K ≥ 0, 0 < P ≤ 1, choices ≥ 0} are the caller's to refuse.
 *
 * <p>Sources: top-k: Fan et al., "Hierarchical neural story generation", arXiv:1805.04833, section 5.2; top-p: Holtzman et
 * al., "The curious case of neural text degeneration", arXiv:1904.09751, section 3.1. Weights as integers are Javelin's.
 */
public record ChooseToken() implements Operation {
    /** Columns of a row of how. */
    public static final int COLUMNS = 6;

    /** Where nothing can be chosen. */
    public static final int NONE = -1;

    /** 2^62 is more than the sum of weights may be. */
    private static final int SUM_BITS = 62;

    @Override
    public String name() {
        return "choose_token";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TensorType logits = inputs.get(0);
        long rows = logits.shape().rank() == 2 ? logits.shape().dim(0) : 0;
        TypeRules.require(
                logits.dtype().floating()
                        && logits.shape().rank() == 2
                        && logits.shape().dim(1) > 0
                        && logits.shape().dim(1) <= Integer.MAX_VALUE
                        && inputs.get(1).equals(TensorType.of(DType.INT64, rows, COLUMNS)),
                name(),
                inputs,
                "floating logits [B, V] and I64[B, 6], how to choose");
        return List.of(TensorType.of(DType.INT32, rows));
    }

    /**
     * The exponent s of the unit of weights: as large as lets the weights of a whole row add up to less than 2^62.
     *
     * @param width V, from 1 on
     */
    public static int unit(long width) {
        return SUM_BITS - (Long.SIZE - Long.numberOfLeadingZeros(width));
    }
}
