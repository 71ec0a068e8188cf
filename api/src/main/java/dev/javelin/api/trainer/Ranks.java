package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;

/**
 * How many ranks train together. Each has its own copy of the model or its shards, its own device (its own threads, on
 * CPUs) and its share of every batch.
 *
 * @param count number of ranks
 * @param communicator what moves data between them
 * @param timeoutSeconds for how long a rank may stand still outside of evaluation and saving before it is held for lost
 * @param maxRestarts how often a run whose rank failed starts again from its last checkpoint
 */
public record Ranks(int count, Plugin communicator, double timeoutSeconds, int maxRestarts) {
    /** Seconds that a rank may stand still if nothing else is said. */
    public static final double TIMEOUT_SECONDS = 60;

    public Ranks {
        require(count >= 1, "ranks.count is " + count, "use 1 rank or more");
        require(timeoutSeconds >= 1, "ranks.timeout is " + timeoutSeconds + " s", "use 1 second or more");
        require(maxRestarts >= 0, "ranks.maxRestarts is " + maxRestarts, "use 0 or more");
    }

    private static void require(boolean condition, String problem, String remedy) {
        if (!condition) {
            throw new JavelinException("JVL-CFG-0007", problem, remedy);
        }
    }

    /** One rank alone. */
    public static Ranks one() {
        return of(1);
    }

    /** So many ranks as threads of this JVM, which share memory. */
    public static Ranks of(int count) {
        return new Ranks(count, Plugin.named("local"), TIMEOUT_SECONDS, 0);
    }

    public Ranks withCommunicator(Plugin other) {
        return new Ranks(count, other, timeoutSeconds, maxRestarts);
    }

    public Ranks withTimeoutSeconds(double seconds) {
        return new Ranks(count, communicator, seconds, maxRestarts);
    }

    public Ranks withMaxRestarts(int restarts) {
        return new Ranks(count, communicator, timeoutSeconds, restarts);
    }
}
