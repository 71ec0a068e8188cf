package dev.javelin.api.trainer;

import java.util.List;

/**
 * What one rank sent to others in a step.
 *
 * @param parts by unit and collective, in the order of their first use; scalars of the step count as unit
 *     {@code scalars}
 * @param exposedSeconds for which computation stood still for communication
 */
public record Communication(List<Part> parts, double exposedSeconds) {
    /** The unit of what is not part of the model: losses, weights, votes. */
    public static final String SCALARS = "scalars";

    public Communication {
        parts = List.copyOf(parts);
    }

    /** Nothing sent. */
    public static Communication none() {
        return new Communication(List.of(), 0);
    }

    /**
     * The collectives of one kind of one unit.
     *
     * @param unit of the plan, or {@link #SCALARS}
     * @param collective for example {@code all_reduce}
     * @param bytes payload that this rank sent
     * @param seconds that they took, waiting for slower ranks included
     */
    public record Part(String unit, String collective, long calls, long bytes, double seconds) {}

    /** Payload bytes of gradients and parameters. */
    public long bytes() {
        return sum(false);
    }

    /** Payload bytes of scalars, which closed forms leave out. */
    public long scalarBytes() {
        return sum(true);
    }

    private long sum(boolean scalars) {
        return parts.stream()
                .filter(part -> part.unit().equals(SCALARS) == scalars)
                .mapToLong(Part::bytes)
                .sum();
    }

    /** Seconds that collectives took, hidden behind computation or not. */
    public double seconds() {
        return parts.stream().mapToDouble(Part::seconds).sum();
    }
}
