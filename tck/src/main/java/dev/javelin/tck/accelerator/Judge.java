package dev.javelin.tck.accelerator;

import dev.javelin.tck.Breach;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.List;
import java.util.Locale;

/** Compares outputs with the oracle's, and remembers how much of the tolerance was needed. */
final class Judge {
    private final Truth truth;
    private final long seed;
    private long cases;
    private double worst;
    private String where = "";

    Judge(Truth truth, long seed) {
        this.truth = truth;
        this.seed = seed;
    }

    /** Breaks the rule unless every output element is what the oracle says, within the tolerance. */
    void compare(Case tried, List<Value> actual) {
        compare(tried, truth.of(tried.operation(), tried.inputs()), actual);
    }

    void compare(Case tried, List<Value> expected, List<Value> actual) {
        cases++;
        double inputs =
                tried.inputs().stream().mapToDouble(Value::largest).max().orElse(0);
        List<Value> terms = tried.scale() == Scale.TERMS ? truth.terms(tried.operation(), tried.inputs()) : expected;
        for (int o = 0; o < actual.size(); o++) {
            if (actual.get(o).type().dtype().floating()) {
                numbers(tried, o, expected.get(o), actual.get(o), terms.get(o), inputs);
            } else {
                integers(tried, o, expected.get(o), actual.get(o));
            }
        }
    }

    private void integers(Case tried, int output, Value expected, Value actual) {
        for (long i = 0; i < actual.type().elements(); i++) {
            if (expected.bitsAt(i) != actual.bitsAt(i)) {
                throw breach(tried, output, i, "" + actual.bitsAt(i), "" + expected.bitsAt(i));
            }
        }
    }

    private void numbers(Case tried, int output, Value expected, Value actual, Value terms, double inputs) {
        Format format = Format.of(actual.type().dtype());
        double largest = expected.largest();
        for (long i = 0; i < actual.type().elements(); i++) {
            double e = expected.at(i);
            double a = actual.at(i);
            double rounded = format.rounded(e);
            if (Double.isNaN(a) && Double.isNaN(e) || same(a, rounded, tried.signs())) {
                continue;
            }
            double magnitude = switch (tried.scale()) {
                case VALUE -> Math.abs(e);
                case LARGEST -> largest;
                case INPUTS -> Math.max(largest, inputs);
                case TERMS -> terms.at(i);
            };
            double bound = tried.tolerance().bound(e, magnitude, tried.terms(), format, tried.arithmetic());
            double error = Math.abs(a - e);
            if (!(error <= bound) || !Double.isFinite(e) || a == 0 && e == 0) {
                throw breach(
                        tried,
                        output,
                        i,
                        a + " (off by " + error + ")",
                        e + " within " + bound + " (" + tried.tolerance() + ")");
            }
            note(tried, error / bound);
        }
    }

    private static boolean same(double actual, double expected, boolean signs) {
        return actual == expected && (!signs || actual != 0 || 1 / actual == 1 / expected);
    }

    private void note(Case tried, double share) {
        if (share > worst) {
            worst = share;
            where = ": " + tried.operation().name() + " on " + tried.inputTypes();
        }
    }

    private Breach breach(Case tried, int output, long index, String actual, String expected) {
        return new Breach(
                actual, expected, "element " + index + " of output " + output + " of " + tried + ", seed " + seed);
    }

    long cases() {
        return cases;
    }

    String figure() {
        String used = worst == 0
                ? "all as the oracle has them, rounded"
                : String.format(Locale.ROOT, "at most %.2f of the tolerance%s", worst, where);
        return cases + " cases, " + used;
    }
}
