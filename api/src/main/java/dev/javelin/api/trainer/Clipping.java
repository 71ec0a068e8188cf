package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;

/**
 * Limits on gradients before the update.
 *
 * @param norm largest global norm; 0 for no limit. The factor is min(1, norm / (measured + 1e-6)), as in PyTorch
 * @param value largest absolute value of an element; 0 for no limit
 */
public record Clipping(double norm, double value) {
    public Clipping {
        if (!(norm >= 0) || !(value >= 0)) {
            throw new JavelinException(
                    "JVL-CFG-0004", "clipping norm " + norm + ", value " + value, "use 0 (off) or a positive limit");
        }
        if (norm > 0 && value > 0) {
            throw new JavelinException("JVL-CFG-0005", "clipping by norm and by value at once", "set one of them to 0");
        }
    }

    public static Clipping none() {
        return new Clipping(0, 0);
    }

    public static Clipping byNorm(double norm) {
        return new Clipping(norm, 0);
    }

    public static Clipping byValue(double value) {
        return new Clipping(0, value);
    }
}
