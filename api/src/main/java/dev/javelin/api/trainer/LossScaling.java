package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;

/**
 * By what the loss is multiplied before gradients are computed, so that small ones survive in FLOAT16; the update divides
 * by it. A step whose gradients overflow is skipped by all ranks. The knobs are DeepSpeed's. Start from {@link #dynamic},
 * {@link #fixed} or {@link #none}; the canonical constructor is not part of the contract.
 *
 * <p>The scale applies to the mean loss over the batch's tokens (rows, for data without positions) up to a power of two,
 * so that one scale suits batches of any size.
 *
 * <p>Source: Micikevicius et al., "Mixed precision training", arXiv:1710.03740, section 3.2; the rule by which the scale
 * changes is that of DeepSpeed's {@code DynamicLossScaler}.
 *
 * @param kind NONE, DYNAMIC, or FIXED: the scale never changes, and {@code hysteresis} overflows in one window end the run
 * @param initial scale of the first step
 * @param window steps without overflow after which the scale is doubled
 * @param hysteresis overflows after which the scale is halved: the first ones only skip their step
 * @param consecutive true if a step without overflow makes up for all overflows before; else only a whole window does
 * @param minimum scale at which a further overflow ends the run
 */
public record LossScaling(Kind kind, double initial, long window, int hysteresis, boolean consecutive, double minimum) {
    /** Doubling ends here: no gradient needs more, and FLOAT32 holds not much more. */
    public static final double MOST = 0x1p64;

    /** Whether losses are scaled, and by what. */
    public enum Kind {
        NONE,
        DYNAMIC,
        FIXED
    }

    public LossScaling {
        require(
                initial > 0 && initial <= MOST && minimum > 0 && minimum <= initial,
                "a loss scale of " + initial + ", at least " + minimum,
                "use an initial scale up to 2^64 and a minimum above 0 that is not larger");
        require(window >= 1, "a loss scale window of " + window + " steps", "use 1 step or more");
        require(hysteresis >= 1, "a loss scale hysteresis of " + hysteresis, "use 1 or more");
    }

    private static void require(boolean condition, String problem, String remedy) {
        if (!condition) {
            throw new JavelinException("JVL-CFG-0033", problem, remedy);
        }
    }

    /** No scaling. */
    public static LossScaling none() {
        return new LossScaling(Kind.NONE, 1, 1, 1, false, 1);
    }

    /** DeepSpeed's defaults: from 2¹⁶, window 1000, hysteresis 2, at least 1. */
    public static LossScaling dynamic() {
        return new LossScaling(Kind.DYNAMIC, 0x1p16, 1000, 2, false, 1);
    }

    /** Always this scale. */
    public static LossScaling fixed(double scale) {
        return new LossScaling(Kind.FIXED, scale, 1000, 2, false, scale);
    }

    public boolean active() {
        return kind != Kind.NONE;
    }

    public LossScaling withInitialPower(int power) {
        double scale = Math.scalb(1.0, power);
        return new LossScaling(kind, scale, window, hysteresis, consecutive, Math.min(minimum, scale));
    }

    public LossScaling withWindow(long steps) {
        return new LossScaling(kind, initial, steps, hysteresis, consecutive, minimum);
    }

    public LossScaling withHysteresis(int overflows) {
        return new LossScaling(kind, initial, window, overflows, consecutive, minimum);
    }

    public LossScaling withConsecutive(boolean other) {
        return new LossScaling(kind, initial, window, hysteresis, other, minimum);
    }

    public LossScaling withMinimum(double scale) {
        return new LossScaling(kind, initial, window, hysteresis, consecutive, scale);
    }

    /** In words, for logs and comparisons between ranks. */
    @Override
    public String toString() {
        return switch (kind) {
            case NONE -> "none";
            case FIXED -> "fixed " + initial + ", hysteresis " + hysteresis;
            case DYNAMIC ->
                "dynamic from " + initial + ", window " + window + ", hysteresis " + hysteresis
                        + (consecutive ? " (consecutive)" : "") + ", at least " + minimum;
        };
    }
}
