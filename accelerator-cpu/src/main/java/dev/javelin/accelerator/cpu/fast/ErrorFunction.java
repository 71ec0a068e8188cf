package dev.javelin.accelerator.cpu.fast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The error function and what GELU needs of the normal distribution, on vectors of floats; see {@link Functions} for why
 * bits never change.
 *
 * <p>The upper tail of the standard normal distribution is {@code Q(x) = e^(−x²/2) · P(t)} with {@code t = 1 / (1 + 0.3 x)}
 * for x ≥ 0: one formula for all x, without branches. P is a polynomial without constant term, fitted to the least
 * relative error (3.5e-9 in exact arithmetic, x up to 13.2). The square is taken in two parts, so that a large exponent
 * loses nothing. Near 0, where 1 − 2Q would cancel, the error function is a polynomial of its own (1.3e-9, |x| below 1).
 */
final class ErrorFunction {
    private static final FloatVector ZERO = Raw.splat(0f);
    private static final FloatVector ONE = Raw.splat(1f);
    private static final FloatVector TWO = Raw.splat(2f);
    private static final FloatVector HALF = Raw.splat(0.5f);
    private static final FloatVector ROOT_TWO = Raw.splat(1.4142135623730951f);

    /** Beyond it the tail is 0. */
    private static final FloatVector FARTHEST = Raw.splat(14f);

    /** e^(−x²/2) times this is the density. */
    private static final FloatVector DENSITY = Raw.splat(0.3989422804014327f);

    private static final FloatVector T = Raw.splat(0.3f);
    private static final FloatVector P_1 = Raw.splat(1.196864523e-1f);
    private static final FloatVector P_2 = Raw.splat(1.195761749e-1f);
    private static final FloatVector P_3 = Raw.splat(1.102011581e-1f);
    private static final FloatVector P_4 = Raw.splat(7.854118199e-2f);
    private static final FloatVector P_5 = Raw.splat(9.574034665e-2f);
    private static final FloatVector P_6 = Raw.splat(-7.868404757e-2f);
    private static final FloatVector P_7 = Raw.splat(1.909346196e-1f);
    private static final FloatVector P_8 = Raw.splat(-2.276024542e-1f);
    private static final FloatVector P_9 = Raw.splat(1.121856385e-1f);
    private static final FloatVector P_10 = Raw.splat(-2.057907203e-2f);

    private static final FloatVector NEAR_0 = Raw.splat(1.128379166f);
    private static final FloatVector NEAR_1 = Raw.splat(-3.761262582e-1f);
    private static final FloatVector NEAR_2 = Raw.splat(1.128358515e-1f);
    private static final FloatVector NEAR_3 = Raw.splat(-2.685381187e-2f);
    private static final FloatVector NEAR_4 = Raw.splat(5.188327560e-3f);
    private static final FloatVector NEAR_5 = Raw.splat(-8.010192518e-4f);
    private static final FloatVector NEAR_6 = Raw.splat(7.853857698e-5f);

    private ErrorFunction() {}

    /** |x|, at most {@link #FARTHEST}; NaN stays. */
    private static FloatVector size(FloatVector x) {
        FloatVector size = x.abs();
        return size.blend(FARTHEST, size.compare(VectorOperators.GT, FARTHEST));
    }

    /** e^(−x²/2). */
    private static FloatVector bell(FloatVector x) {
        FloatVector half = x.mul(HALF);
        FloatVector square = half.mul(x);
        FloatVector lost = half.fma(x, square.neg());
        FloatVector e = Functions.exp(square.neg());
        return e.sub(e.mul(lost));
    }

    /** Q(size) / bell(size) = P(t). */
    private static FloatVector ratio(FloatVector size) {
        FloatVector t = ONE.div(size.fma(T, ONE));
        FloatVector p = P_10.fma(t, P_9).fma(t, P_8).fma(t, P_7).fma(t, P_6);
        return p.fma(t, P_5).fma(t, P_4).fma(t, P_3).fma(t, P_2).fma(t, P_1).mul(t);
    }

    /** The error function; absolute error below 2e-7, relative below 3e-7. */
    static FloatVector erf(FloatVector x) {
        FloatVector s = x.mul(x);
        FloatVector near = NEAR_6.fma(s, NEAR_5)
                .fma(s, NEAR_4)
                .fma(s, NEAR_3)
                .fma(s, NEAR_2)
                .fma(s, NEAR_1);
        near = near.fma(s, NEAR_0).mul(x);
        FloatVector z = size(x.mul(ROOT_TWO));
        FloatVector far = ONE.sub(ratio(z).mul(bell(z)).mul(TWO));
        far = far.blend(far.neg(), x.compare(VectorOperators.LT, ZERO));
        return far.blend(near, x.abs().compare(VectorOperators.LT, ONE));
    }

    /** Q(−x) = Φ(x), the normal distribution, from the tail at |x|. */
    private static FloatVector distribution(FloatVector x, FloatVector tail) {
        return ONE.sub(tail).blend(tail, x.compare(VectorOperators.LT, ZERO));
    }

    /** x · Φ(x); relative error below 6e-7 as far as the exponential reaches, x ≥ −13. */
    static FloatVector gelu(FloatVector x) {
        FloatVector size = size(x);
        return x.mul(distribution(x, ratio(size).mul(bell(size))));
    }

    /** Φ(x) + x · φ(x), with the density φ; absolute error below 5e-7. */
    static FloatVector geluSlope(FloatVector x) {
        FloatVector size = size(x);
        FloatVector e = bell(size);
        FloatVector density = e.mul(DENSITY);
        return density.mul(size.blend(size.neg(), x.compare(VectorOperators.LT, ZERO)))
                .add(distribution(x, ratio(size).mul(e)));
    }
}
