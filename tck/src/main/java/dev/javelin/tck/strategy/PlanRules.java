package dev.javelin.tck.strategy;

import static dev.javelin.tck.strategy.StrategyChapter.must;

import dev.javelin.spi.strategy.ModelInventory.ParameterInfo;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.StateKind;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.Unit;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Plans as data. */
final class PlanRules {
    private static final int RANKS = 4;
    private static final long STEPS = 3_000;

    private PlanRules() {}

    /** Looks at one plan. */
    @FunctionalInterface
    private interface Look {
        void at(Case what, ParallelPlan plan);
    }

    static List<Rule<StrategySubject>> rules() {
        return List.of(
                must(
                        "STR-201",
                        "A strategy serves every model on at least one number of ranks, and refuses others with a code of"
                                + " JVL-STR.",
                        "Whoever chose it is told at once what it is for.",
                        PlanRules::serves),
                must(
                        "STR-202",
                        "Equal arguments give equal plans, whatever was asked between and of whichever instance.",
                        "Ranks plan each for itself; a plan that differs deadlocks the first collective.",
                        PlanRules::pure),
                must(
                        "STR-203",
                        "Ranks that are threads, planning at the same time, get equal plans.",
                        "There is no state but the arguments.",
                        PlanRules::sideBySide),
                must(
                        "STR-204",
                        "Every parameter is in exactly one unit, and units hold nothing else.",
                        "A parameter left out would not be trained, one that is made up cannot be.",
                        subject -> look(subject, PlanRules::parameters)),
                must(
                        "STR-205",
                        "Units hold at least one parameter and have names, none twice.",
                        "Reports and errors speak of units by their names.",
                        subject -> look(subject, PlanRules::units)),
                must(
                        "STR-206",
                        "State is sharded over axes of the mesh only, and over no axis that the optimizer is not.",
                        "What a shard belongs to must be there to be gathered.",
                        subject -> look(subject, PlanRules::placements)),
                must(
                        "STR-207",
                        "Every step has its stage, by a name that is a word.",
                        "Programs are named by their stages; no step may be without one.",
                        subject -> look(subject, PlanRules::stages)),
                must(
                        "STR-208",
                        "On one rank every stage reduces nothing away: replicas are identical or there is a synchronizer.",
                        "Replicas that go apart for ever are not one training.",
                        subject -> look(subject, PlanRules::together)));
    }

    private static String look(StrategySubject subject, Look look) {
        Strategy strategy = subject.provider().strategy(subject.options());
        int plans = 0;
        for (Case what : Case.all()) {
            Optional<ParallelPlan> plan = what.plan(strategy);
            if (plan.isPresent()) {
                look.at(what, plan.get());
                plans++;
            }
        }
        return plans + " plans of " + Case.all().size() + " cases";
    }

    private static String serves(StrategySubject subject) {
        Strategy strategy = subject.provider().strategy(subject.options());
        Set<String> unserved = new TreeSet<>(Inventories.all().keySet());
        Set<Integer> sizes = new TreeSet<>();
        for (Case what : Case.all()) {
            if (what.plan(strategy).isPresent()) {
                unserved.remove(what.model());
                sizes.add(what.ranks());
            }
        }
        Breach.unless(unserved.isEmpty(), "no plan for models " + unserved, "one on some mesh", "meshes " + Case.SIZES);
        return "meshes " + sizes;
    }

    private static String pure(StrategySubject subject) {
        Strategy one = subject.provider().strategy(subject.options());
        List<Optional<ParallelPlan>> plans =
                Case.all().stream().map(what -> what.plan(one)).toList();
        Strategy other = subject.provider().strategy(subject.options());
        List<Case> cases = Case.all();
        for (int i = cases.size() - 1; i >= 0; i--) {
            Breach.unlessEqual(plans.get(i), cases.get(i).plan(one), "a second plan for " + cases.get(i));
            Breach.unlessEqual(plans.get(i), cases.get(i).plan(other), "another strategy's plan for " + cases.get(i));
        }
        return 3 * cases.size() + " plans";
    }

    private static String sideBySide(StrategySubject subject) throws InterruptedException {
        Strategy strategy = subject.provider().strategy(subject.options());
        List<FutureTask<List<Optional<ParallelPlan>>>> ranks = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            FutureTask<List<Optional<ParallelPlan>>> task = new FutureTask<>(
                    () -> Case.all().stream().map(what -> what.plan(strategy)).toList());
            ranks.add(task);
            Thread.ofPlatform().daemon().name("tck planner " + rank).start(task);
        }
        try {
            List<Optional<ParallelPlan>> first = ranks.getFirst().get();
            for (int rank = 1; rank < RANKS; rank++) {
                Breach.unlessEqual(first, ranks.get(rank).get(), "plans of rank " + rank + " beside rank 0's");
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException error ? error : new IllegalStateException(e.getCause());
        }
        return RANKS + " ranks with " + Case.all().size() + " plans each";
    }

    private static void parameters(Case what, ParallelPlan plan) {
        List<String> planned = plan.units().stream()
                .flatMap(unit -> unit.parameters().stream())
                .sorted()
                .toList();
        List<String> declared = what.inventory().parameters().stream()
                .map(ParameterInfo::path)
                .sorted()
                .toList();
        Breach.unlessEqual(declared, planned, "parameters in units of " + what);
    }

    private static void units(Case what, ParallelPlan plan) {
        Set<String> names = new TreeSet<>();
        for (Unit unit : plan.units()) {
            Breach.unless(!unit.name().isBlank(), "a unit without a name", "a name", what.toString());
            Breach.unless(names.add(unit.name()), "two units '" + unit.name() + "'", "one", what.toString());
            Breach.unless(
                    !unit.parameters().isEmpty(), "unit '" + unit.name() + "' is empty", "parameters", what.toString());
        }
    }

    private static void placements(Case what, ParallelPlan plan) {
        Set<String> optimizer = plan.placement(StateKind.OPTIMIZER).axes();
        for (StateKind kind : StateKind.values()) {
            Set<String> axes = plan.placement(kind).axes();
            Breach.unless(
                    what.mesh().axes().keySet().containsAll(axes),
                    kind + " sharded over " + axes,
                    "axes of " + what.mesh(),
                    what.toString());
            boolean within = kind == StateKind.MASTER || optimizer.containsAll(axes);
            Breach.unless(within, kind + " sharded over " + axes, "within " + optimizer, what.toString());
        }
    }

    private static void stages(Case what, ParallelPlan plan) {
        for (Stage stage : plan.stages()) {
            Breach.unless(
                    stage.name().matches("[a-zA-Z][a-zA-Z0-9_-]*"),
                    "stage '" + stage.name() + "'",
                    "a word",
                    what.toString());
        }
        for (long step = 1; step <= STEPS; step++) {
            Stage stage = plan.stage(step);
            Breach.unless(stage.at(step), stage + " in step " + step, "a stage of that step", what.toString());
        }
    }

    private static void together(Case what, ParallelPlan plan) {
        boolean apart = plan.stages().stream().anyMatch(stage -> stage.gradients() == Stage.Gradients.LOCAL);
        boolean joined =
                plan.stages().stream().anyMatch(stage -> stage.synchronizer().isPresent());
        Breach.unless(
                !apart || joined,
                "stages " + plan.stages().stream().map(Stage::name).toList() + " that leave replicas apart",
                "a stage that brings them together",
                what.toString());
    }
}
