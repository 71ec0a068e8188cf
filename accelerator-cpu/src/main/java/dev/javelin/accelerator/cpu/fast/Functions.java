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
 */
final class Functions {

    private static final float LOG2_E = 1.44269504088896341f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    /** 1.5 · 2^23: added to a float of less than 2^22, rounds it to an integer that its low bits hold. */
    private static final float ROUND = 12582912f;

    private static final int ROUND_BITS = 0x4B400000;

    /** 2 · sqrt(2 / π), and the same times 0.044715 and times 3 · 0.044715. */
    private static final float GELU_LINEAR = 1.5957691216057308f;

    private static final float GELU_CUBIC = 0.0713548162726f;
    private static final float GELU_SLOPE = 0.2140644488178f;

    private Functions() {}

    /** e^x over the whole range, subnormal results included; error below 1.5 ulp of normal results. */
    static FloatVector exp(FloatVector x) {
        FloatVector c = x.blend(-104f, x.compare(VectorOperators.LT, -104f));
        c = c.blend(89f, c.compare(VectorOperators.GT, 89f));
        FloatVector z = c.fma(Raw.splat(LOG2_E), Raw.splat(ROUND));
        FloatVector y = expReduced(c, z.sub(ROUND));
        IntVector n = z.viewAsIntegralLanes().lanewise(VectorOperators.SUB, ROUND_BITS);
        IntVector half = n.lanewise(VectorOperators.ASHR, 1);
        return y.mul(powerOfTwo(half)).mul(powerOfTwo(n.sub(half)));
    }

    /** e^x for x ≤ 88 (greater ones give e^88); exactly 0 below −87; error below 1.5 ulp. */
    static FloatVector expFlushed(FloatVector x) {
        VectorMask<Float> tiny = x.compare(VectorOperators.LT, -87f);
        FloatVector c = x.blend(88f, x.compare(VectorOperators.GT, 88f));
        FloatVector z = c.fma(Raw.splat(LOG2_E), Raw.splat(ROUND));
        FloatVector y = expReduced(c, z.sub(ROUND));
        IntVector n = z.viewAsIntegralLanes().lanewise(VectorOperators.SUB, ROUND_BITS);
        return y.mul(powerOfTwo(n)).blend(0f, tiny);
    }

    /** e^(x − n · ln 2) for |x − n · ln 2| ≤ ln(2) / 2. */
    private static FloatVector expReduced(FloatVector x, FloatVector n) {
        FloatVector r = n.fma(Raw.splat(-LN2_HIGH), x);
        r = n.fma(Raw.splat(-LN2_LOW), r);
        FloatVector p = Raw.splat(1.9875691500e-4f).fma(r, Raw.splat(1.3981999507e-3f));
        p = p.fma(r, Raw.splat(8.3334519073e-3f));
        p = p.fma(r, Raw.splat(4.1665795894e-2f));
        p = p.fma(r, Raw.splat(1.6666665459e-1f));
        p = p.fma(r, Raw.splat(5.0000001201e-1f));
        return p.fma(r.mul(r), r.add(1f));
    }

    private static FloatVector powerOfTwo(IntVector n) {
        return n.add(127).lanewise(VectorOperators.LSHL, 23).viewAsFloatingLanes();
    }

    /** Natural logarithm; −infinity at 0, NaN below; error below 2 ulp. */
    static FloatVector log(FloatVector x) {
        VectorMask<Float> subnormal = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
        FloatVector scaled = x.blend(x.mul(8388608f), subnormal);
        IntVector bits = scaled.viewAsIntegralLanes();
        IntVector e = bits.lanewise(VectorOperators.LSHR, 23).sub(126);
        FloatVector exponent = (FloatVector) e.convertShape(VectorOperators.I2F, Raw.F, 0);
        exponent = exponent.sub(Raw.splat(0f).blend(23f, subnormal));
        FloatVector m = bits.lanewise(VectorOperators.AND, 0x007FFFFF)
                .lanewise(VectorOperators.OR, 0x3F000000)
                .viewAsFloatingLanes(); // [0.5, 1)
        VectorMask<Float> low = m.compare(VectorOperators.LT, 0.707106781186547524f);
        exponent = exponent.blend(exponent.sub(1f), low);
        FloatVector r = m.blend(m.add(m), low).sub(1f); // [sqrt(0.5) - 1, sqrt(2) - 1)
        FloatVector r2 = r.mul(r);
        FloatVector p = logPolynomial(r).mul(r).mul(r2);
        p = exponent.fma(Raw.splat(LN2_LOW), p);
        p = r2.fma(Raw.splat(-0.5f), p);
        FloatVector y = exponent.fma(Raw.splat(LN2_HIGH), r.add(p));
        y = y.blend(x, x.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY));
        y = y.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f));
        y = y.blend(Float.NaN, x.compare(VectorOperators.LT, 0f));
        return y.blend(x, x.compare(VectorOperators.NE, x));
    }

    private static FloatVector logPolynomial(FloatVector r) {
        FloatVector p = Raw.splat(7.0376836292e-2f).fma(r, Raw.splat(-1.1514610310e-1f));
        p = p.fma(r, Raw.splat(1.1676998740e-1f));
        p = p.fma(r, Raw.splat(-1.2420140846e-1f));
        p = p.fma(r, Raw.splat(1.4249322787e-1f));
        p = p.fma(r, Raw.splat(-1.6668057665e-1f));
        p = p.fma(r, Raw.splat(2.0000714765e-1f));
        p = p.fma(r, Raw.splat(-2.4999993993e-1f));
        return p.fma(r, Raw.splat(3.3333331174e-1f));
    }

    /** Hyperbolic tangent; error below 2 ulp. */
    static FloatVector tanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector far =
                Raw.splat(1f).sub(Raw.splat(2f).div(expFlushed(size.add(size)).add(1f)));
        far = far.blend(far.neg(), x.compare(VectorOperators.LT, 0f));
        FloatVector s = x.mul(x);
        FloatVector p = Raw.splat(-5.70498872745e-3f).fma(s, Raw.splat(2.06390887954e-2f));
        p = p.fma(s, Raw.splat(-5.37397155531e-2f));
        p = p.fma(s, Raw.splat(1.33314422036e-1f));
        p = p.fma(s, Raw.splat(-3.33332819422e-1f));
        FloatVector near = p.mul(s).fma(x, x);
        return far.blend(near, size.compare(VectorOperators.LT, 0.625f));
    }

    /** 1 / (1 + e^−x). */
    static FloatVector sigmoid(FloatVector x) {
        return Raw.splat(1f).div(exp(x.neg()).add(1f));
    }

    /** x / (1 + e^−x). */
    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(1f));
    }

    /**
     * GELU in its tanh form, {@code 0.5 x (1 + tanh u)} with {@code u = sqrt(2/π) (x + 0.044715 x³)}, computed as the
     * equal {@code x / (1 + e^(−2u))}, which has no cancellation on the negative side. Relative error below 2e-6 for
     * x ≥ −5, below 3e-7 for x ≥ −1; results under 1e-38 may be flushed.
     *
     * <p>Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016, section 2.
     */
    static FloatVector gelu(FloatVector x) {
        FloatVector u2 = x.mul(x.mul(x).fma(Raw.splat(GELU_CUBIC), Raw.splat(GELU_LINEAR)));
        return x.div(expFlushed(u2.neg()).add(1f));
    }

    /** Derivative of {@link #gelu}: with s = 1 / (1 + e^(−2u)), s + x · s · (1 − s) · 2u'. */
    static FloatVector geluSlope(FloatVector x) {
        FloatVector x2 = x.mul(x);
        FloatVector u2 = x.mul(x2.fma(Raw.splat(GELU_CUBIC), Raw.splat(GELU_LINEAR)));
        FloatVector slope2 = x2.fma(Raw.splat(GELU_SLOPE), Raw.splat(GELU_LINEAR));
        FloatVector e = expFlushed(u2.neg());
        FloatVector s = Raw.splat(1f).div(e.add(1f));
        return x.mul(e.mul(s)).mul(slope2).fma(s, s);
    }
}
