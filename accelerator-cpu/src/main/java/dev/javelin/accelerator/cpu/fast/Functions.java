package dev.javelin.accelerator.cpu.fast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Elementary functions on vectors of floats, built of + − × ÷ fma, compare and blend, so that a lane's bits depend on
 * its argument only: not on the vector width, not on the JIT compiler.
 *
 * <p>Range reduction and polynomials are those of Cephes (S. Moshier, single-precision {@code expf}, {@code logf},
 * {@code tanhf}), with fma in place of separate multiplications and additions. NaN arguments give NaN.
 *
 * <p>Constants are vectors made once: the JIT compiler gives up inlining in a method of too many nodes and would then
 * keep vectors on the heap. For the same reason a loop holds one call of a function, and a second one for its tail. (A
 * variable that a loop carries, though, must start from a fresh vector: a constant there is an object on the heap.)
 */
final class Functions {

    private static final FloatVector ZERO = Raw.splat(0f);
    private static final FloatVector ONE = Raw.splat(1f);
    private static final FloatVector TWO = Raw.splat(2f);
    private static final FloatVector LOG2_E = Raw.splat(1.44269504088896341f);
    private static final FloatVector LN2_HIGH = Raw.splat(0.693359375f);
    private static final FloatVector LN2_LOW = Raw.splat(-2.12194440e-4f);
    private static final FloatVector MINUS_LN2_HIGH = LN2_HIGH.neg();
    private static final FloatVector MINUS_LN2_LOW = LN2_LOW.neg();

    /**
     * 1.5 · 2^23 + 126: added to a float n of less than 2^22, rounds it to an integer; shifted left by 23, the bits of
     * the sum are those of 2^(n − 1).
     */
    private static final FloatVector ROUND = Raw.splat(12582912f + 126f);

    private static final FloatVector EXP_5 = Raw.splat(1.9875691500e-4f);
    private static final FloatVector EXP_4 = Raw.splat(1.3981999507e-3f);
    private static final FloatVector EXP_3 = Raw.splat(8.3334519073e-3f);
    private static final FloatVector EXP_2 = Raw.splat(4.1665795894e-2f);
    private static final FloatVector EXP_1 = Raw.splat(1.6666665459e-1f);
    private static final FloatVector EXP_0 = Raw.splat(5.0000001201e-1f);
    private static final FloatVector EXP_LOWEST = Raw.splat(-86.6f);
    private static final FloatVector EXP_HIGHEST = Raw.splat(89f);

    /** sqrt(0.5), as bits, and what leads from them to those of 1: adding it makes mantissas run from sqrt(0.5). */
    private static final IntVector ROOT_BITS = Raw.splat(0x3F3504F3);

    private static final IntVector ONE_LESS_ROOT = Raw.splat(0x3F800000 - 0x3F3504F3);
    private static final IntVector MANTISSA = Raw.splat(0x007FFFFF);
    private static final IntVector TWO_23_BITS = Raw.splat(0x4B000000);
    private static final FloatVector TWO_23 = Raw.splat(8388608f);
    private static final FloatVector EXPONENT_BIAS = Raw.splat(8388608f + 127f);
    private static final FloatVector EXPONENT_BIAS_SCALED = Raw.splat(8388608f + 127f + 23f);
    private static final FloatVector SMALLEST_NORMAL = Raw.splat(Float.MIN_NORMAL);
    private static final FloatVector HALF = Raw.splat(0.5f);
    private static final FloatVector INFINITY = Raw.splat(Float.POSITIVE_INFINITY);
    private static final FloatVector MINUS_INFINITY = Raw.splat(Float.NEGATIVE_INFINITY);
    private static final FloatVector NAN = Raw.splat(Float.NaN);
    private static final FloatVector LOG_8 = Raw.splat(7.0376836292e-2f);
    private static final FloatVector LOG_7 = Raw.splat(-1.1514610310e-1f);
    private static final FloatVector LOG_6 = Raw.splat(1.1676998740e-1f);
    private static final FloatVector LOG_5 = Raw.splat(-1.2420140846e-1f);
    private static final FloatVector LOG_4 = Raw.splat(1.4249322787e-1f);
    private static final FloatVector LOG_3 = Raw.splat(-1.6668057665e-1f);
    private static final FloatVector LOG_2 = Raw.splat(2.0000714765e-1f);
    private static final FloatVector LOG_1 = Raw.splat(-2.4999993993e-1f);
    private static final FloatVector LOG_0 = Raw.splat(3.3333331174e-1f);

    private static final FloatVector TANH_LIMIT = Raw.splat(0.625f);
    private static final FloatVector TANH_4 = Raw.splat(-5.70498872745e-3f);
    private static final FloatVector TANH_3 = Raw.splat(2.06390887954e-2f);
    private static final FloatVector TANH_2 = Raw.splat(-5.37397155531e-2f);
    private static final FloatVector TANH_1 = Raw.splat(1.33314422036e-1f);
    private static final FloatVector TANH_0 = Raw.splat(-3.33332819422e-1f);

    /** −2 · sqrt(2 / π), that times 0.044715, and the opposites of both, the second times 3. */
    private static final FloatVector GELU_LINEAR = Raw.splat(-1.5957691216057308f);

    private static final FloatVector GELU_CUBIC = Raw.splat(-0.07135481627260025f);
    private static final FloatVector GELU_SLOPE_0 = Raw.splat(1.5957691216057308f);
    private static final FloatVector GELU_SLOPE_2 = Raw.splat(0.21406444881780076f);

    private static final FloatVector SLOPE_LIMIT = Raw.splat(80f);

    private Functions() {}

    /** e^x; exactly 0 below x = −86.6 (results under 2.5e-38); error below 1.5 ulp. */
    static FloatVector exp(FloatVector x) {
        FloatVector c = x.blend(EXP_HIGHEST, x.compare(VectorOperators.GT, EXP_HIGHEST));
        FloatVector z = c.fma(LOG2_E, ROUND);
        FloatVector n = z.sub(ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, c));
        FloatVector p =
                EXP_5.fma(r, EXP_4).fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1).fma(r, EXP_0);
        FloatVector y = p.fma(r.mul(r), r.add(ONE));
        IntVector halfPower = z.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        y = y.add(y).mul(halfPower.reinterpretAsFloats());
        return y.blend(ZERO, x.compare(VectorOperators.LT, EXP_LOWEST));
    }

    /** Natural logarithm; −infinity at 0, NaN below; error below 2 ulp. */
    static FloatVector log(FloatVector x) {
        VectorMask<Float> subnormal = x.compare(VectorOperators.LT, SMALLEST_NORMAL);
        IntVector bits = x.blend(x.mul(TWO_23), subnormal).reinterpretAsInts().add(ONE_LESS_ROOT);
        FloatVector bias = EXPONENT_BIAS.blend(EXPONENT_BIAS_SCALED, subnormal);
        FloatVector exponent = bits.lanewise(VectorOperators.LSHR, 23)
                .or(TWO_23_BITS)
                .reinterpretAsFloats()
                .sub(bias);
        FloatVector r = bits.and(MANTISSA).add(ROOT_BITS).reinterpretAsFloats().sub(ONE);
        FloatVector r2 = r.mul(r); // r from sqrt(0.5) - 1 to sqrt(2) - 1
        FloatVector p =
                LOG_8.fma(r, LOG_7).fma(r, LOG_6).fma(r, LOG_5).fma(r, LOG_4).fma(r, LOG_3);
        p = p.fma(r, LOG_2).fma(r, LOG_1).fma(r, LOG_0).mul(r);
        p = r2.fma(p.sub(HALF), exponent.mul(LN2_LOW));
        FloatVector y = exponent.fma(LN2_HIGH, r.add(p));
        y = y.blend(x, x.compare(VectorOperators.EQ, INFINITY));
        y = y.blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, ZERO));
        return y.blend(NAN, x.compare(VectorOperators.GE, ZERO).not());
    }

    /** Hyperbolic tangent; error below 2 ulp. */
    static FloatVector tanh(FloatVector x) {
        FloatVector s = x.mul(x);
        FloatVector p = TANH_4.fma(s, TANH_3).fma(s, TANH_2).fma(s, TANH_1).fma(s, TANH_0);
        FloatVector near = p.mul(s).fma(x, x);
        FloatVector size = x.abs();
        FloatVector far = ONE.sub(TWO.div(exp(size.add(size)).add(ONE)));
        far = far.blend(far.neg(), x.compare(VectorOperators.LT, ZERO));
        return far.blend(near, size.compare(VectorOperators.LT, TANH_LIMIT));
    }

    /** 1 / (1 + e^−x); error below 4 ulp. */
    static FloatVector sigmoid(FloatVector x) {
        return ONE.div(exp(x.neg()).add(ONE));
    }

    /** x / (1 + e^−x); error below 4 ulp. */
    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(ONE));
    }

    /**
     * GELU in its tanh form, {@code 0.5 x (1 + tanh u)} with {@code u = sqrt(2/π) (x + 0.044715 x³)}, computed as the
     * equal {@code x / (1 + e^(−2u))}, which has no cancellation on the negative side. Relative error below 2e-6 for
     * x ≥ −5, below 3e-7 for x ≥ −1.
     *
     * <p>Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016, section 2.
     */
    static FloatVector gelu(FloatVector x) {
        FloatVector minus2u = x.mul(x.mul(x).fma(GELU_CUBIC, GELU_LINEAR));
        return x.div(exp(minus2u).add(ONE));
    }

    /** Derivative of {@link #gelu}: with s = 1 / (1 + e^(−2u)), s + x · s · (1 − s) · 2u'. */
    static FloatVector geluSlope(FloatVector x) {
        FloatVector x2 = x.mul(x);
        FloatVector minus2u = x.mul(x2.fma(GELU_CUBIC, GELU_LINEAR));
        minus2u = minus2u.blend(SLOPE_LIMIT, minus2u.compare(VectorOperators.GT, SLOPE_LIMIT)); // keeps e finite
        FloatVector e = exp(minus2u);
        FloatVector s = ONE.div(e.add(ONE)); // and 1 - s = e · s
        return x.mul(e.mul(s)).mul(x2.fma(GELU_SLOPE_2, GELU_SLOPE_0)).fma(s, s);
    }
}
