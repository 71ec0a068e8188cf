package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * One AdamW step over flat fp32 arrays, as torch.optim.AdamW computes it:
 *
 * <pre>
 * g' = g · gradientScale
 * p  = p · (1 − lr · weightDecay)
 * m  = beta1 · m + (1 − beta1) · g'
 * v  = beta2 · v + (1 − beta2) · g'²
 * p  = p − lr / bias1 · m / (sqrt(v) / sqrt(bias2) + eps)        bias1 = 1 − beta1^t, bias2 = 1 − beta2^t
 * </pre>
 *
 * <p>Bits: each element by itself. Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, algorithm
 * 2.
 */
public final class AdamW {

    private AdamW() {}

    /**
     * The constants of a parameter group, in double: 1 − beta is taken before it is rounded to fp32.
     *
     * @param beta1 decay of the first moment
     * @param beta2 decay of the second moment
     * @param eps added to the root of the second moment
     * @param weightDecay decoupled, multiplied by the learning rate
     */
    public record Constants(double beta1, double beta2, double eps, double weightDecay) {}

    /**
     * Addresses of the scalars of a step, one fp32 each; {@code predicate} is an int32, or address 0 for always.
     *
     * @param lr learning rate
     * @param bias1 1 − beta1^t
     * @param bias2 1 − beta2^t
     * @param gradientScale factor of the gradients (clipping, weight, loss scale), or address 0 for 1
     * @param predicate nothing is written if it is 0
     */
    public record Scalars(long lr, long bias1, long bias2, long gradientScale, long predicate) {}

    /** Updates p, m and v from g, n elements each. */
    public static void step(
            Workers workers, long n, long p, long g, long m, long v, Constants constants, Scalars scalars) {
        if (scalars.predicate != 0 && Raw.getInt(scalars.predicate) == 0) {
            return;
        }
        double lr = Raw.getFloat(scalars.lr);
        float keep = (float) (1 - lr * constants.weightDecay);
        float stepSize = (float) (lr / Raw.getFloat(scalars.bias1));
        float root = (float) (1 / Math.sqrt(Raw.getFloat(scalars.bias2)));
        float scale = scalars.gradientScale == 0 ? 1f : Raw.getFloat(scalars.gradientScale);
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            FloatVector b1 = Raw.splat((float) constants.beta1);
            FloatVector b2 = Raw.splat((float) constants.beta2);
            FloatVector c1 = Raw.splat((float) (1 - constants.beta1));
            FloatVector c2 = Raw.splat((float) (1 - constants.beta2));
            FloatVector roots = Raw.splat(root);
            FloatVector eps = Raw.splat((float) constants.eps);
            for (long i = from; i < to; i += Raw.LANES) {
                long at = 4 * i;
                if (i <= to - Raw.LANES) {
                    FloatVector grad = Raw.load(g + at).mul(scale);
                    FloatVector mean = Raw.load(m + at).mul(b1).add(grad.mul(c1));
                    FloatVector square =
                            Raw.load(v + at).mul(b2).add(grad.mul(grad).mul(c2));
                    FloatVector update =
                            mean.mul(stepSize).div(square.sqrt().mul(roots).add(eps));
                    Raw.store(mean, m + at);
                    Raw.store(square, v + at);
                    Raw.store(Raw.load(p + at).mul(keep).sub(update), p + at);
                } else {
                    VectorMask<Float> tail = Raw.head(to - i);
                    FloatVector grad = Raw.load(g + at, tail).mul(scale);
                    FloatVector mean = Raw.load(m + at, tail).mul(b1).add(grad.mul(c1));
                    FloatVector square =
                            Raw.load(v + at, tail).mul(b2).add(grad.mul(grad).mul(c2));
                    FloatVector update =
                            mean.mul(stepSize).div(square.sqrt().mul(roots).add(eps));
                    Raw.store(mean, m + at, tail);
                    Raw.store(square, v + at, tail);
                    Raw.store(Raw.load(p + at, tail).mul(keep).sub(update), p + at, tail);
                }
            }
        });
    }
}
