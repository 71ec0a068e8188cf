package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;

/**
 * When a loss or a gradient norm is reported as a spike: if it exceeds the median of the steps before it by more than
 * {@code factor} times their spread. The spread is the median distance from the median, scaled to the standard deviation of
 * a normal distribution, and at least a twentieth of the median's size, so that a quiet run reports no trifles.
 *
 * @param window how many steps before are looked at, 8 or more; 0 looks for no spikes
 * @param factor spreads above the median
 */
public record SpikeOptions(int window, double factor) {
    public SpikeOptions {
        if (window < 0 || window > 0 && window < 8 || window > 10_000 || !(factor > 0) || Double.isInfinite(factor)) {
            throw new JavelinException(
                    "JVL-CFG-0091",
                    "spikes by " + factor + " spreads over a window of " + window + " steps",
                    "use a window of 8 to 10000 steps, or 0 to look for no spikes, and a finite factor above 0");
        }
    }

    /** Six spreads over 50 steps: a loss has to exceed the median by 30 per cent at least. */
    public static SpikeOptions standard() {
        return new SpikeOptions(50, 6);
    }

    /** Looks for none. */
    public static SpikeOptions none() {
        return standard().withWindow(0);
    }

    public SpikeOptions withWindow(int window) {
        return new SpikeOptions(window, factor);
    }

    public SpikeOptions withFactor(double factor) {
        return new SpikeOptions(window, factor);
    }
}
