package dev.javelin.accelerator.cpu.reference;

/**
 * The error function in double, to a few units in the last place, of + − × ÷ and {@link StrictMath#exp} alone: the same
 * bits everywhere.
 *
 * <p>Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 (a series of positive terms, for small
 * arguments) and 7.1.14 (a continued fraction, for large ones).
 */
final class ErrorFunction {
    /** From here on the continued fraction: the series' terms carry more roundings the further out it is summed. */
    private static final double FAR = 1;

    /** Steps of the continued fraction, evaluated from its end: more change nothing from {@link #FAR} on. */
    private static final int STEPS = 200;

    /** Beyond it 1 − erf is less than half an ulp of 1. */
    private static final double ONE_FROM = 6;

    private static final double TWO_BY_ROOT_PI = 1.1283791670955126;
    private static final double ONE_BY_ROOT_PI = 0.5641895835477563;

    private ErrorFunction() {}

    /** erf(x); odd, ±1 at the infinities, NaN for NaN. */
    static double erf(double x) {
        double size = Math.abs(x);
        if (size >= ONE_FROM) {
            return Math.copySign(1, x);
        }
        return size < FAR ? series(x) : Math.copySign(1 - complement(size), x);
    }

    /** 1 − erf(x), without the cancellation for large x. */
    static double erfc(double x) {
        return x < FAR ? 1 - erf(x) : complement(x);
    }

    /** 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1 · 3 · … · (2n+1)). */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > Math.abs(sum) * 0x1p-54; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return TWO_BY_ROOT_PI * StrictMath.exp(-x * x) * sum;
    }

    /** e^(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))). */
    private static double complement(double x) {
        double tail = x;
        for (int k = STEPS; k >= 1; k--) {
            tail = x + k / 2.0 / tail;
        }
        return ONE_BY_ROOT_PI * StrictMath.exp(-x * x) / tail;
    }
}
