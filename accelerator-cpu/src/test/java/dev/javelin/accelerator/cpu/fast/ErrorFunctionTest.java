package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ErrorFunctionTest {

    /** 2/√π · Σ (−1)ⁿ x^(2n+1) / (n! (2n+1)) near 0, elsewhere 1 less an integral of the rest. */
    static double erf(double x) {
        return x < 0
                ? -(1 - 2 * upperTail(-x * Math.sqrt(2)))
                : x < 1 ? maclaurin(x) : 1 - 2 * upperTail(x * Math.sqrt(2));
    }

    private static double maclaurin(double x) {
        double power = x;
        double sum = x;
        for (int n = 1; n < 40; n++) {
            power *= -x * x / n;
            sum += power / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    /** The normal distribution's integral from x ≥ 0 on, by Simpson's rule over e^(−x²/2 − xt − t²/2). */
    private static double upperTail(double x) {
        int steps = 2000;
        double end = Math.min(12, 45 / Math.max(1, x));
        double sum = 1 + Math.exp(-x * end - end * end / 2);
        for (int i = 1; i < steps; i++) {
            double t = end * i / steps;
            sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-x * t - t * t / 2);
        }
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * sum * end / steps / 3;
    }

    private static double gelu(double x) {
        return x < 0 ? x * upperTail(-x) : x * (1 - upperTail(x));
    }

    private static double slope(double x) {
        double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        return (x < 0 ? upperTail(-x) : 1 - upperTail(x)) + x * density;
    }

    private static float erfOf(double x) {
        return ErrorFunction.erf(Raw.splat((float) x)).lane(0);
    }

    private static float geluOf(double x) {
        return ErrorFunction.gelu(Raw.splat((float) x)).lane(0);
    }

    private static float slopeOf(double x) {
        return ErrorFunction.geluSlope(Raw.splat((float) x)).lane(0);
    }

    @Test
    void theErrorFunctionIsAsExactAsStated() {
        for (int i = -3500; i <= 3500; i++) {
            float x = i * 2e-3f;
            double expected = erf(x);
            assertEquals(expected, erfOf(x), Math.min(2e-7, 3e-7 * Math.abs(expected)), "erf of " + x);
        }
        assertEquals(1f, erfOf(1e9));
        assertEquals(-1f, erfOf(Float.NEGATIVE_INFINITY));
        assertEquals(1f, erfOf(Float.POSITIVE_INFINITY));
        assertEquals(Float.NaN, erfOf(Float.NaN));
    }

    @Test
    void geluIsAsExactAsStatedFarOutToo() {
        for (int i = -6400; i <= 6400; i++) {
            float x = i * 2e-3f;
            double expected = gelu(x);
            assertEquals(expected, geluOf(x), 6e-7 * Math.abs(expected), "gelu of " + x);
        }
        assertEquals(100f, geluOf(100));
        assertEquals(0f, Math.abs(geluOf(-100)));
        assertEquals(Float.NaN, geluOf(Float.NaN));
    }

    @Test
    void theSlopeOfGeluIsAsExactAsStated() {
        for (int i = -6400; i <= 6400; i++) {
            float x = i * 2e-3f;
            assertEquals(slope(x), slopeOf(x), 5e-7, "slope at " + x);
        }
        assertEquals(1f, slopeOf(50));
        assertEquals(0f, Math.abs(slopeOf(-50)));
        assertEquals(Float.NaN, slopeOf(Float.NaN));
    }
}
