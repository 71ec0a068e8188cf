package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Comparison with a reference in double: |actual − expected| ≤ tolerance · (|expected| + scale). */
final class Close {

    private Close() {}

    static void to(double[] expected, long actual, double tolerance, double scale, String what) {
        for (int i = 0; i < expected.length; i++) {
            float a = Raw.getFloat(actual + 4L * i);
            double bound = tolerance * (Math.abs(expected[i]) + scale);
            if (!(Math.abs(a - expected[i]) <= bound)) {
                fail(what + "[" + i + "] is " + a + ", expected " + expected[i] + " within " + bound);
            }
        }
    }

    static void same(float[] expected, long actual, String what) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], Raw.getFloat(actual + 4L * i), what + "[" + i + "]");
        }
    }
}
