package dev.javelin.spi.strategy;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.PrecisionPlan;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
 * @param stages what ranks exchange; in each step the last one applies that comes in it
 * @param unused what to do about trainable parameters that the loss does not depend on
 * @param precision types of gradients, sums over ranks, optimizer state and resident weights, where they are to be others
 *     than the run's ({@link PlanContext#precision}); products and parameters keep the run's types
 */
public record ParallelPlan(
        List<Unit> units,
        Map<StateKind, Placement> placements,
        Reduction reduction,
        Release release,
        Activation activation,
        List<Stage> stages,
        Unused unused,
        Optional<PrecisionPlan> precision) {

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

    /** ALLOW: they stay as they are. REFUSE: an error that names them. */
    public enum Unused {
        ALLOW,
        REFUSE
    }

    public ParallelPlan {
        units = List.copyOf(units);
        placements = Map.copyOf(placements);
        stages = List.copyOf(stages);
        requireStages(stages);
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

    private static void requireStages(List<Stage> stages) {
        if (stages.stream().noneMatch(stage -> stage.fromStep() == 1 && stage.every() == 1)) {
            throw new JavelinException(
                    "JVL-STR-0008",
                    "no stage of the plan covers every step from the first: " + stages,
                    "begin with Stage.reducing(name)");
        }
        if (stages.stream().map(Stage::name).distinct().count() < stages.size()) {
            throw new JavelinException(
                    "JVL-STR-0008", "two stages of the plan have one name: " + stages, "give each its own name");
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

    /** All state replicated on the device, gradients reduced after the last micro-batch, activations kept, unused parameters refused. */
    public static ParallelPlan of(List<Unit> units) {
        Map<StateKind, Placement> all = new EnumMap<>(StateKind.class);
        for (StateKind kind : StateKind.values()) {
            all.put(kind, Placement.replicated());
        }
        return new ParallelPlan(
                units,
                all,
                Reduction.LAST,
                Release.NEVER,
                Activation.KEEP,
                List.of(Stage.reducing("reduce")),
                Unused.REFUSE,
                Optional.empty());
    }

    /** The stage of an optimizer step, counted from 1. */
    public Stage stage(long step) {
        return stages.reversed().stream()
                .filter(stage -> stage.at(step))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("step " + step));
    }

    /** True if replicas are equal after every step. */
    public boolean replicasIdentical() {
        return stages.stream().allMatch(stage -> stage.gradients() == Stage.Gradients.REDUCED);
    }

    public Placement placement(StateKind kind) {
        return Objects.requireNonNull(placements.get(kind));
    }

    public ParallelPlan withPlacement(StateKind kind, Placement placement) {
        Map<StateKind, Placement> copy = new EnumMap<>(placements);
        copy.put(kind, placement);
        return new ParallelPlan(units, copy, reduction, release, activation, stages, unused, precision);
    }

    public ParallelPlan withReduction(Reduction other) {
        return new ParallelPlan(units, placements, other, release, activation, stages, unused, precision);
    }

    public ParallelPlan withRelease(Release other) {
        return new ParallelPlan(units, placements, reduction, other, activation, stages, unused, precision);
    }

    public ParallelPlan withActivation(Activation other) {
        return new ParallelPlan(units, placements, reduction, release, other, stages, unused, precision);
    }

    /** Stages instead of the plan's; one of them covers every step from the first. */
    public ParallelPlan withStages(List<Stage> others) {
        return new ParallelPlan(units, placements, reduction, release, activation, others, unused, precision);
    }

    public ParallelPlan withUnused(Unused other) {
        return new ParallelPlan(units, placements, reduction, release, activation, stages, other, precision);
    }

    /** With these types, which differ from the run's in gradients, sums, optimizer state or weights only. */
    public ParallelPlan withPrecision(PrecisionPlan types) {
        return new ParallelPlan(units, placements, reduction, release, activation, stages, unused, Optional.of(types));
    }
}
