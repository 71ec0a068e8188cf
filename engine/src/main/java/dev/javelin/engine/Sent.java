package dev.javelin.engine;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.collective.AllGather;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.AllToAll;
import dev.javelin.spi.collective.Collective;
import dev.javelin.spi.collective.ReduceScatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a rank will send in a step, from its programs alone. With N ranks and n bytes: a reduce-scatter or a gather sends
 * (N-1)/N n, a sum both; exact where N divides the elements, as it does for chunks.
 *
 * @param parts by unit and collective, in the order of the programs
 */
public record Sent(List<Part> parts) {
    /** The unit of what is not part of the model: losses, weights. */
    public static final String SCALARS = dev.javelin.api.trainer.Communication.SCALARS;

    public Sent {
        parts = List.copyOf(parts);
    }

    /**
     * The collectives of one kind of one unit.
     *
     * @param bytes payload that a rank sends
     */
    public record Part(String unit, String collective, long calls, long bytes) {}

    /** Payload of gradients and parameters. */
    public long bytes() {
        return parts.stream()
                .filter(part -> !part.unit().equals(SCALARS))
                .mapToLong(Part::bytes)
                .sum();
    }

    /** What these programs send together. */
    static Sent of(List<Schedule> programs) {
        Map<List<String>, Part> parts = new LinkedHashMap<>();
        for (Schedule program : programs) {
            for (Schedule.Issue issue : program.issues()) {
                if (issue.instruction().operation() instanceof Collective collective) {
                    Part part = new Part(
                            unit(issue.instruction()), collective.name(), 1, bytes(collective, issue.instruction()));
                    parts.merge(List.of(part.unit(), part.collective()), part, Sent::add);
                }
            }
        }
        return new Sent(new ArrayList<>(parts.values()));
    }

    private static Part add(Part a, Part b) {
        return new Part(a.unit(), a.collective(), a.calls() + b.calls(), a.bytes() + b.bytes());
    }

    /** The unit that a collective belongs to. */
    public static String unit(Instruction instruction) {
        String layer = instruction.site().layer();
        return layer.isEmpty() ? SCALARS : layer;
    }

    /** Payload that a rank sends for a collective. */
    public static long bytes(Collective collective, Instruction instruction) {
        long ranks = collective.group().size();
        long input = instruction.inputTypes().getFirst().bytes();
        return switch (collective) {
            case AllReduce ignored -> 2 * input * (ranks - 1) / ranks;
            case ReduceScatter ignored -> input * (ranks - 1) / ranks;
            case AllGather ignored -> input * (ranks - 1);
            case AllToAll ignored -> input * (ranks - 1) / ranks;
            default -> throw new IllegalStateException("no collective " + collective);
        };
    }
}
