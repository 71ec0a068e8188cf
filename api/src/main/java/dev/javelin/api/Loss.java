package dev.javelin.api;

/**
 * The result of a step: a sum over samples (or tokens) and the weight it is to be divided by. The engine seeds the
 * backward pass with 1 on the sum and divides gradients once by the weight summed over micro-batches and ranks, so that
 * the result does not depend on how a batch was split.
 *
 * @param sum scalar, floating
 * @param weight scalar of the same dtype; how many samples the sum covers. In a run in 16 bits both may be FLOAT32, as
 *     {@link Tensor#crossEntropy} and {@link Tensor#meanSquaredError} have them: 16 bits count to 256 or 2048 only
 */
public record Loss(Tensor sum, Tensor weight) {

    public Loss {
        if (sum.shape().rank() != 0
                || weight.shape().rank() != 0
                || !sum.dtype().floating()) {
            throw new JavelinException(
                    "JVL-API-0007",
                    "loss has sum " + sum.type() + " and weight " + weight.type() + ", expected floating scalars",
                    "reduce the loss with sum() before returning it");
        }
    }

    /**
     * The loss of samples that have one value each: the sum over the rows that hold data, and their number. Padding rows
     * count for nothing.
     *
     * @param perRow loss of each row, [rows], in the run's dtype
     */
    public static Loss ofRows(Step step, Tensor perRow) {
        DType wide = perRow.dtype().wide();
        Tensor weights = step.rowWeights().cast(wide); // [rows]
        return new Loss(perRow.cast(wide).multiply(weights).sum(), weights.sum());
    }
}
