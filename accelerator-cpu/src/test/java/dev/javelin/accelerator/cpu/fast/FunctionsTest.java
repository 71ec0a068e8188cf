package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class FunctionsTest {

    private static float apply(UnaryOperator<FloatVector> function, float x) {
        return function.apply(Raw.splat(x)).lane(0);
    }

    /** The greatest error in ulp of the float nearest to the true value, over floats of [from, to]. */
    private static double worstUlps(
            UnaryOperator<FloatVector> function, DoubleUnaryOperator truth, double from, double to) {
        int steps = 200_000;
        double worst = 0;
        for (int i = 0; i <= steps; i++) {
            float x = (float) (from + (to - from) * i / steps);
            double expected = truth.applyAsDouble(x);
            double error = Math.abs(apply(function, x) - expected) / Math.ulp((float) expected);
            worst = Math.max(worst, error);
        }
        return worst;
    }

    private static double worstRelative(
            UnaryOperator<FloatVector> function, DoubleUnaryOperator truth, double from, double to) {
        double worst = 0;
        for (int i = 0; i <= 200_000; i++) {
            float x = (float) (from + (to - from) * i / 200_000);
            double expected = truth.applyAsDouble(x);
            worst = Math.max(worst, Math.abs(apply(function, x) - expected) / Math.abs(expected));
        }
        return worst;
    }

    private static void atMost(double bound, double actual, String what) {
        assertTrue(actual <= bound, what + ": error " + actual + ", expected at most " + bound);
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /** The form without cancellation, for negative x. */
    private static double geluStable(double x) {
        return x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    private static double geluSlope(double x) {
        double u = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
        double s = 1 / (1 + Math.exp(-2 * u));
        return s + x * s * (1 - s) * 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    }

    @Test
    void theExponentialIsWithinOneAndAHalfUlp() {
        atMost(1.5, worstUlps(Functions::exp, Math::exp, -86.6, 88.7), "exp");
    }

    @Test
    void theExponentialOfExtremesIsAsInMathButForFlushedResults() {
        assertEquals(0f, apply(Functions::exp, Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, apply(Functions::exp, Float.POSITIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, apply(Functions::exp, 1e30f));
        assertEquals(0f, apply(Functions::exp, -1e30f));
        assertEquals(1f, apply(Functions::exp, 0f));
        assertEquals(Float.NaN, apply(Functions::exp, Float.NaN));
        assertEquals(0f, apply(Functions::exp, -86.7f));
    }

    @Test
    void theLogarithmIsWithinTwoUlp() {
        atMost(2, worstUlps(Functions::log, Math::log, 1e-3, 3), "log");
        atMost(2, worstUlps(Functions::log, Math::log, 3, 1e9), "log");
        atMost(2, worstUlps(Functions::log, Math::log, 1e-44, 1e-38), "log of subnormals");
        assertEquals(Float.NEGATIVE_INFINITY, apply(Functions::log, 0f));
        assertEquals(Float.POSITIVE_INFINITY, apply(Functions::log, Float.POSITIVE_INFINITY));
        assertEquals(Float.NaN, apply(Functions::log, -1f));
        assertEquals(Float.NaN, apply(Functions::log, Float.NaN));
        assertEquals(0f, apply(Functions::log, 1f));
    }

    @Test
    void theHyperbolicTangentIsWithinTwoUlp() {
        atMost(2, worstUlps(Functions::tanh, Math::tanh, -10, 10), "tanh");
        atMost(2, worstUlps(Functions::tanh, Math::tanh, 1e-6, 1e-2), "tanh");
        assertEquals(1f, apply(Functions::tanh, 1e9f));
        assertEquals(-1f, apply(Functions::tanh, Float.NEGATIVE_INFINITY));
        assertEquals(Float.NaN, apply(Functions::tanh, Float.NaN));
    }

    @Test
    void sigmoidAndSiluAreWithinFourUlp() {
        atMost(4, worstUlps(Functions::sigmoid, x -> 1 / (1 + Math.exp(-x)), -80, 80), "sigmoid");
        atMost(4, worstUlps(Functions::silu, x -> x / (1 + Math.exp(-x)), -80, 80), "silu");
        assertEquals(Float.NaN, apply(Functions::sigmoid, Float.NaN));
        assertEquals(1f, apply(Functions::sigmoid, Float.POSITIVE_INFINITY));
        assertEquals(0f, apply(Functions::sigmoid, Float.NEGATIVE_INFINITY));
    }

    @Test
    void geluIsAsExactAsStated() {
        atMost(3e-7, worstRelative(Functions::gelu, FunctionsTest::gelu, 1e-4, 20), "gelu of positive x");
        atMost(3e-7, worstRelative(Functions::gelu, FunctionsTest::geluStable, -1, -1e-4), "gelu");
        atMost(2e-6, worstRelative(Functions::gelu, FunctionsTest::geluStable, -5, -1), "gelu");
        assertEquals(Float.NaN, apply(Functions::gelu, Float.NaN));
        assertEquals(0f, apply(Functions::gelu, 0f));
        assertEquals(100f, apply(Functions::gelu, 100f));
        assertEquals(0f, Math.abs(apply(Functions::gelu, -100f)), 1e-30f);
    }

    @Test
    void theSlopeOfGeluIsWithinAMillionth() {
        for (int i = -120_000; i <= 120_000; i++) {
            float x = i * 1e-4f;
            assertEquals(geluSlope(x), apply(Functions::geluSlope, x), 1e-6, "slope at " + x);
        }
        assertEquals(1f, apply(Functions::geluSlope, 50f));
        assertEquals(0f, Math.abs(apply(Functions::geluSlope, -50f)), 1e-30f);
        assertEquals(Float.NaN, apply(Functions::geluSlope, Float.NaN));
    }
}
