package dev.javelin.engine.run;

import java.util.List;

/**
 * What one rank's collectives sent in a step.
 *
 * @param parts by unit and collective; empty for one rank
 * @param exposedSeconds for which compute stood still for them
 */
public record StepTraffic(List<Part> parts, double exposedSeconds) {
    public StepTraffic {
        parts = List.copyOf(parts);
    }

    /** Nothing sent. */
    public static StepTraffic none() {
        return new StepTraffic(List.of(), 0);
    }

    /**
     * The collectives of one kind of one unit.
     *
     * @param unit of the plan, or {@code scalars}
     * @param bytes payload that this rank sent
     * @param seconds from the first rank's arrival here to the end, on the queue that ran them
     */
    public record Part(String unit, String collective, long calls, long bytes, double seconds) {}

    /** Payload bytes of gradients and parameters. */
    public long bytes() {
        return sum(false);
    }

    /** Payload bytes of scalars, which are counted apart. */
    public long scalarBytes() {
        return sum(true);
    }

    private long sum(boolean scalars) {
        return parts.stream()
                .filter(part -> part.unit().equals(Traffic.SCALARS) == scalars)
                .mapToLong(Part::bytes)
                .sum();
    }

    /** Seconds that collectives took, hidden or not. */
    public double seconds() {
        return parts.stream().mapToDouble(Part::seconds).sum();
    }
}
