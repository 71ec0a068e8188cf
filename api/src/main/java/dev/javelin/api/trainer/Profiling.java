package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which steps of a run are profiled: where their time goes is written into files. Other steps cost nothing more, and the
 * numbers of all steps are the same bits.
 *
 * @param first first of the steps, counted as in {@link StepMetrics}; 0 for a few steps once the process is warm
 * @param steps how many
 * @param out folder for the files; null for {@code profile} in the folder of the run
 */
public record Profiling(long first, int steps, @Nullable Path out) {
    /** Steps that a process has done when it counts as warm. */
    public static final int WARM_UP_STEPS = 10;

    private static final int USUAL_STEPS = 3;
    private static final int MOST_STEPS = 1000;

    public Profiling {
        if (first < 0 || steps < 1 || steps > MOST_STEPS) {
            throw refused("the profile of " + steps + " steps from step " + first);
        }
    }

    /** Three steps after the warm-up. */
    public static Profiling standard() {
        return new Profiling(0, USUAL_STEPS, null);
    }

    /**
     * Reads a number of steps after the warm-up ({@code 3}) or the steps themselves ({@code 100-102}).
     *
     * @throws JavelinException {@code JVL-CFG-0072} for another text, or more than 1,000 steps
     */
    public static Profiling parse(String text) {
        int dash = text.indexOf('-');
        try {
            if (dash < 0) {
                return new Profiling(0, Integer.parseInt(text.strip()), null);
            }
            long first = Long.parseLong(text.substring(0, dash).strip());
            long last = Long.parseLong(text.substring(dash + 1).strip());
            if (first < 1 || last < first || last - first >= MOST_STEPS) {
                throw refused("'" + text + "'");
            }
            return new Profiling(first, (int) (last - first + 1), null);
        } catch (NumberFormatException e) {
            throw refused("'" + text + "'");
        }
    }

    public Profiling withOut(@Nullable Path folder) {
        return new Profiling(first, steps, folder);
    }

    private static JavelinException refused(String what) {
        return new JavelinException(
                "JVL-CFG-0072",
                "these are no steps to profile: " + what,
                "give a number of steps from 1 to " + MOST_STEPS + ", as 3, or the first and the last, as 100-102");
    }
}
