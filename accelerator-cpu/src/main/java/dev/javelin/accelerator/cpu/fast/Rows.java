package dev.javelin.accelerator.cpu.fast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Loops over one row of n floats that softmax, cross-entropy and attention share; sums in one fixed order.
 *
 * <p>In loops, the vector just loaded is the receiver and the running one the argument: the compiler knows the class of
 * the first without a profile, and a call that it cannot bind would make objects of vectors.
 */
final class Rows {

    private Rows() {}

    /** The greatest element; NaN elements may be passed over. */
    static float max(long x, long n) {
        FloatVector max = Raw.splat(Float.NEGATIVE_INFINITY);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            max = Raw.larger(Raw.load(x + 4 * i), max);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            max = Raw.larger(Raw.splat(Float.NEGATIVE_INFINITY).blend(Raw.load(x + 4 * i, m), m), max);
        }
        return Raw.max(max);
    }

    /** {@code y = e^(x − shift)}, returns the sum of y. y may be x. */
    static float expSum(long x, long y, long n, float shift) {
        FloatVector s = Raw.splat(0f);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector e = Functions.exp(Raw.load(x + 4 * i).sub(shift));
            Raw.store(e, y + 4 * i);
            s = e.add(s);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector e = Functions.exp(Raw.load(x + 4 * i, m).sub(shift));
            Raw.store(e, y + 4 * i, m);
            s = s.add(e, m);
        }
        return Raw.sum(s);
    }

    /** The sum of {@code e^(x − shift)}, the same bits as {@link #expSum} returns. */
    static float expSumOnly(long x, long n, float shift) {
        FloatVector s = Raw.splat(0f);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            s = Functions.exp(Raw.load(x + 4 * i).sub(shift)).add(s);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            s = s.add(Functions.exp(Raw.load(x + 4 * i, m).sub(shift)), m);
        }
        return Raw.sum(s);
    }

    /** {@code y = x · factor}; y may be x. */
    static void scale(long x, long y, long n, float factor) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            Raw.store(Raw.load(x + 4 * i).mul(factor), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            Raw.store(Raw.load(x + 4 * i, m).mul(factor), y + 4 * i, m);
        }
    }

    /** The sum of {@code a · b}. */
    static float dot(long a, long b, long n) {
        FloatVector sum = Raw.splat(0f);
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            sum = Raw.load(a + 4 * i).fma(Raw.load(b + 4 * i), sum);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            sum = Raw.load(a + 4 * i, m).fma(Raw.load(b + 4 * i, m), sum);
        }
        return Raw.sum(sum);
    }

    /** {@code out = y · (dy − shift) · factor}; out may be y or dy. */
    static void softmaxGradient(long y, long dy, long out, long n, float shift, float factor) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector d = Raw.load(dy + 4 * i).sub(shift).mul(factor);
            Raw.store(Raw.load(y + 4 * i).mul(d), out + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector d = Raw.load(dy + 4 * i, m).sub(shift).mul(factor);
            Raw.store(Raw.load(y + 4 * i, m).mul(d), out + 4 * i, m);
        }
    }

    /** {@code s = e^(s − lse)}, {@code dp = s · (dp − delta) · factor}, both in place. */
    static void attentionGradient(long s, long dp, long n, float lse, float delta, float factor) {
        long i = 0;
        for (; i <= n - Raw.LANES; i += Raw.LANES) {
            FloatVector p = Functions.exp(Raw.load(s + 4 * i).sub(lse));
            FloatVector d = Raw.load(dp + 4 * i).sub(delta).mul(factor);
            Raw.store(p, s + 4 * i);
            Raw.store(p.mul(d), dp + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> m = Raw.head(n - i);
            FloatVector p = Functions.exp(Raw.load(s + 4 * i, m).sub(lse));
            FloatVector d = Raw.load(dp + 4 * i, m).sub(delta).mul(factor);
            Raw.store(p, s + 4 * i, m);
            Raw.store(p.mul(d), dp + 4 * i, m);
        }
    }
}
