package dev.javelin.tck.communicator;

/** Time that ranks of several JVMs on one host can compare. */
final class Clocks {
    /** Differences that say nothing. */
    static final long TOLERANCE_MILLIS = 20;

    private Clocks() {}

    static long millis() {
        return System.currentTimeMillis();
    }
}
