package dev.javelin.spi.strategy;

import dev.javelin.api.JavelinException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How a model is spread: a few orthogonal choices. Made with {@link #of} and the {@code withX} methods; the canonical
 * constructor is not part of the contract.
 *
 * @param units every parameter in exactly one
 * @param placements one for each kind of state
 * @param reduction when gradients are reduced
 * @param release when gathered parameters are given up
 * @param activation what happens to activations between forward and backward
 */
public record ParallelPlan(
        List<Unit> units,
        Map<StateKind, Placement> placements,
        Reduction reduction,
        Release release,
        Activation activation) {

    /** LAST: once per optimizer step, after the last micro-batch; EACH: after every micro-batch. */
    public enum Reduction {
        LAST,
        EACH
    }

    /** When parameters gathered for use are released again. */
    public enum Release {
        NEVER,
        AFTER_FORWARD,
        AFTER_BACKWARD
    }

    /** KEEP them, RECOMPUTE them in the backward pass, or OFFLOAD them to the host. */
    public enum Activation {
        KEEP,
        RECOMPUTE,
        OFFLOAD
    }

    public ParallelPlan {
        units = List.copyOf(units);
        placements = Map.copyOf(placements);
        for (StateKind kind : StateKind.values()) {
            if (!placements.containsKey(kind)) {
                throw new JavelinException(
                        "JVL-STR-0003", "the plan places no " + kind, "start from ParallelPlan.of, which places all");
            }
        }
        requireWithin(placements, StateKind.PARAM);
        requireWithin(placements, StateKind.GRADIENT);
        requireDisjoint(units);
    }

    private static void requireWithin(Map<StateKind, Placement> placements, StateKind kind) {
        Placement optimizer = Objects.requireNonNull(placements.get(StateKind.OPTIMIZER));
        Placement placement = Objects.requireNonNull(placements.get(kind));
        if (!optimizer.axes().containsAll(placement.axes())) {
            throw new JavelinException(
                    "JVL-STR-0004",
                    kind + " is sharded over " + placement.axes() + ", the optimizer only over " + optimizer.axes(),
                    "shard the optimizer over at least the same axes");
        }
    }

    private static void requireDisjoint(List<Unit> units) {
        Map<String, String> owner = new java.util.HashMap<>();
        Set<String> names = new HashSet<>();
        for (Unit unit : units) {
            if (!names.add(unit.name())) {
                throw new JavelinException(
                        "JVL-STR-0007", "two units have the name '" + unit.name() + "'", "give each unit its own name");
            }
            for (String path : unit.parameters()) {
                String other = owner.put(path, unit.name());
                if (other != null) {
                    throw new JavelinException(
                            "JVL-STR-0005",
                            "parameter " + path + " is in units '" + other + "' and '" + unit.name() + "'",
                            "put each parameter in one unit");
                }
            }
        }
    }

    /** All state replicated on the device, gradients reduced after the last micro-batch, activations kept. */
    public static ParallelPlan of(List<Unit> units) {
        Map<StateKind, Placement> all = new EnumMap<>(StateKind.class);
        for (StateKind kind : StateKind.values()) {
            all.put(kind, Placement.replicated());
        }
        return new ParallelPlan(units, all, Reduction.LAST, Release.NEVER, Activation.KEEP);
    }

    public Placement placement(StateKind kind) {
        return Objects.requireNonNull(placements.get(kind));
    }

    public ParallelPlan withPlacement(StateKind kind, Placement placement) {
        Map<StateKind, Placement> copy = new EnumMap<>(placements);
        copy.put(kind, placement);
        return new ParallelPlan(units, copy, reduction, release, activation);
    }

    public ParallelPlan withReduction(Reduction other) {
        return new ParallelPlan(units, placements, other, release, activation);
    }

    public ParallelPlan withRelease(Release other) {
        return new ParallelPlan(units, placements, reduction, other, activation);
    }

    public ParallelPlan withActivation(Activation other) {
        return new ParallelPlan(units, placements, reduction, release, other);
    }
}
