package dev.javelin.accelerator.cpu;

import dev.javelin.api.DType;

/**
 * The tolerances of this module's tests, in one place. An error is |actual − expected| / (1 + |expected|), relative for
 * large values and absolute for small ones; NaN matches NaN, an infinity itself.
 */
public enum Tolerance {
    /** Same bits. */
    EXACT(0, 0),
    /** One rounding apart: both sides compute the same formula in double, or with a correctly rounded step. */
    ROUNDING(2e-7, 4e-16),
    /** Sums and transcendental functions of a few hundred terms, in different orders. */
    SUMS(3e-6, 1e-13),
    /** Chains of sums: attention, layer norm's gradient, products with long inner extents. */
    CHAINS(2e-5, 1e-12);

    private final double float32;
    private final double float64;

    Tolerance(double float32, double float64) {
        this.float32 = float32;
        this.float64 = float64;
    }

    /** The wider of two. */
    public Tolerance atLeast(Tolerance other) {
        return compareTo(other) >= 0 ? this : other;
    }

    private double of(DType dtype) {
        return dtype == DType.FLOAT32 ? float32 : dtype == DType.FLOAT64 ? float64 : 0;
    }

    /** Fails, naming the element, unless all elements agree. */
    public void check(String what, Value expected, Value actual) {
        if (!expected.type().equals(actual.type())) {
            throw new AssertionError(what + ": type " + actual.type() + ", expected " + expected.type());
        }
        for (int i = 0; i < expected.count(); i++) {
            check(what, i, expected.at(i), actual.at(i), of(expected.type().dtype()));
        }
    }

    /** The same against elements computed by a formula. */
    public void check(String what, double[] expected, Value actual) {
        if (expected.length != actual.count()) {
            throw new AssertionError(what + ": " + actual.count() + " elements, expected " + expected.length);
        }
        for (int i = 0; i < expected.length; i++) {
            check(what, i, expected[i], actual.at(i), of(actual.type().dtype()));
        }
    }

    private void check(String what, int index, double expected, double actual, double tolerance) {
        if (Double.compare(expected, actual) == 0 || expected == actual) {
            return;
        }
        double error = Math.abs(actual - expected) / (1 + Math.abs(expected));
        if (!(error <= tolerance)) {
            throw new AssertionError(what + ": element " + index + " is " + actual + ", expected " + expected
                    + ", error " + error + " > " + tolerance + " (" + this + ")");
        }
    }
}
