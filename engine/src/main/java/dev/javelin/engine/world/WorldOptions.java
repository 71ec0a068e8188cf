package dev.javelin.engine.world;

import dev.javelin.api.JavelinException;
import java.util.function.Consumer;

/**
 * How a world watches its ranks. Start from {@link #standard}.
 *
 * @param timeoutMillis for how long a rank may stand still or be silent
 * @param joinTimeoutMillis for how long the ranks wait until all have joined
 * @param heartbeatMillis how often a process tells of its ranks
 * @param version of the program: processes of different versions do not join one world
 * @param log gets lines about connections that were dropped
 */
public record WorldOptions(
        long timeoutMillis, long joinTimeoutMillis, long heartbeatMillis, String version, Consumer<String> log) {
    private static final long HEARTBEATS = 4;

    public WorldOptions {
        if (heartbeatMillis < 1 || timeoutMillis < HEARTBEATS * heartbeatMillis || joinTimeoutMillis < 1) {
            throw new JavelinException(
                    "JVL-CFG-0060",
                    "a timeout of " + timeoutMillis + " ms, " + joinTimeoutMillis + " ms to join, a heartbeat every "
                            + heartbeatMillis + " ms",
                    "give positive times, the timeout at least " + HEARTBEATS + " heartbeats");
        }
    }

    /** A minute to go on, two to join, four heartbeats a second, lines to the system's logger. */
    public static WorldOptions standard() {
        System.Logger logger = System.getLogger(WorldOptions.class.getPackageName());
        String version = WorldOptions.class.getModule().getDescriptor() == null
                ? "unknown"
                : WorldOptions.class.getModule().getDescriptor().rawVersion().orElse("unknown");
        return new WorldOptions(60_000, 120_000, 250, version, line -> logger.log(System.Logger.Level.WARNING, line));
    }

    public WorldOptions withTimeoutMillis(long millis) {
        return new WorldOptions(millis, joinTimeoutMillis, heartbeatMillis, version, log);
    }

    public WorldOptions withJoinTimeoutMillis(long millis) {
        return new WorldOptions(timeoutMillis, millis, heartbeatMillis, version, log);
    }

    public WorldOptions withHeartbeatMillis(long millis) {
        return new WorldOptions(timeoutMillis, joinTimeoutMillis, millis, version, log);
    }

    public WorldOptions withVersion(String other) {
        return new WorldOptions(timeoutMillis, joinTimeoutMillis, heartbeatMillis, other, log);
    }

    public WorldOptions withLog(Consumer<String> lines) {
        return new WorldOptions(timeoutMillis, joinTimeoutMillis, heartbeatMillis, version, lines);
    }
}
