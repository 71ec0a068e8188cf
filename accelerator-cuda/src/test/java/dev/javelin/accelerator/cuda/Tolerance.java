package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;

/**
 * The tolerances of this module's tests, in one place: how far numbers of the GPU may lie from the same operation in FLOAT64
 * on the same inputs. An error is |actual − expected| / (1 + |expected|); NaN matches NaN, an infinity itself.
 */
public enum Tolerance {
    /** Equal, after rounding to the type. */
    EXACT(0),
    /** One rounding of the result. */
    ROUNDING(1),
    /** Sums and transcendental functions of some hundred terms. */
    SUMS(16),
    /** Chains of sums: gradients of norms, attention, products with long inner extents. */
    CHAINS(128);

    private final double roundings;

    Tolerance(double roundings) {
        this.roundings = roundings;
    }

    /** Arithmetic of 16-bit types is FLOAT32: there, one rounding of the result covers all. */
    private double of(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> roundings * 0x1p-50;
            case FLOAT32 -> roundings * 0x1p-23;
            case FLOAT16 -> Math.min(roundings, 2) * 0x1p-10;
            case BFLOAT16 -> Math.min(roundings, 2) * 0x1p-7;
            default -> 0;
        };
    }

    /** Fails, naming the element, unless all elements agree. */
    public void check(String what, Value expected, Value actual) {
        if (!expected.type().shape().equals(actual.type().shape())) {
            throw new AssertionError(what + ": " + actual.type() + ", expected " + expected.type());
        }
        double tolerance = of(actual.type().dtype());
        for (int i = 0; i < expected.count(); i++) {
            double e = expected.at(i);
            double a = actual.at(i);
            if (Double.compare(e, a) != 0 && e != a && !(Math.abs(a - e) / (1 + Math.abs(e)) <= tolerance)) {
                throw new AssertionError(what + ": element " + i + " is " + a + ", expected " + e + " (" + this + ", "
                        + actual.type() + ")");
            }
        }
    }
}
