package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * The promise: after a fault a job ends by itself within its timeout and two seconds. On a machine that has more to do
 * than it has cores, nobody can hold it to the second: for each process that waits for a core, on the average of the last
 * minute, one second more is allowed; on a free machine none.
 */
final class Bound {
    /** The timeout of all jobs here. */
    static final int TIMEOUT_SECONDS = 5;

    private static final double MORE_SECONDS = 2;
    private static final double MOST_ALLOWED_SECONDS = 20;

    private Bound() {}

    /** Says how long it took, and checks it. */
    static void check(String what, long faultNanos, long endNanos) {
        check(what, faultNanos, endNanos, 0);
    }

    /** @param knownSeconds what the fault itself takes, for example a grace that is documented */
    static void check(String what, long faultNanos, long endNanos, double knownSeconds) {
        double seconds = (endNanos - faultNanos) / 1e9;
        double allowed = allowedSeconds();
        double bound = TIMEOUT_SECONDS + MORE_SECONDS + knownSeconds;
        String text = String.format(
                Locale.ROOT,
                "fault matrix: %s: %.2f s from the fault to the end of the job (promised %.1f, and %.1f for the load)",
                what,
                seconds,
                bound,
                allowed);
        System.out.println(text);
        assertTrue(seconds <= bound + allowed, text);
    }

    private static double allowedSeconds() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        double waiting = system.getSystemLoadAverage() - system.getAvailableProcessors();
        return Math.clamp(waiting, 0, MOST_ALLOWED_SECONDS);
    }
}
