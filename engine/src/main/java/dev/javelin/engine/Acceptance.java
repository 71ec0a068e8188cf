package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.trace.Traced;
import dev.javelin.spi.collective.Group;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.StateKind;
import dev.javelin.spi.strategy.Tier;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the engine takes of a plan and what it refuses: every setting is obeyed or refused. */
final class Acceptance {
    private Acceptance() {}

    /** @throws JavelinException {@code JVL-ENG-0006} if the device does not compute in one of the types */
    static void requireDTypes(PrecisionPlan types, DevicePlanner planner) {
        Optional<DType> missing =
                types.types().filter(type -> !planner.dtypes().contains(type)).findFirst();
        if (missing.isPresent()) {
            throw new JavelinException(
                    "JVL-ENG-0006",
                    "accelerator " + planner.name() + " does not compute in " + missing.get(),
                    "choose a precision of " + planner.dtypes());
        }
    }

    /** The plan's types, if it has some: parameters and products are the run's. */
    static PrecisionPlan precision(ParallelPlan plan, PrecisionPlan run) {
        PrecisionPlan types = plan.precision().orElse(run);
        if (types.master() != run.master()
                || types.compute() != run.compute()
                || !types.scaling().equals(run.scaling())) {
            throw unsupported("products in " + types.compute() + " of parameters in " + types.master()
                    + " with loss scaling " + types.scaling() + " in a run of " + run.compute() + ", " + run.master()
                    + " and " + run.scaling());
        }
        if (types.reduce() != types.gradAccum()
                && !plan.stages().stream().allMatch(s -> s.reducer().isEmpty())) {
            throw unsupported("sums in " + types.reduce() + " and a fragment of its own in place of sums");
        }
        return types;
    }

    /** Every setting of a plan is obeyed or refused; over axes of one rank, sharding and release change nothing. */
    static ParallelPlan supported(ParallelPlan plan, CompileOptions options) {
        for (StateKind kind : StateKind.values()) {
            plan.placement(kind).axes().forEach(options.mesh()::size);
            if (Group.of(options.mesh(), plan.placement(kind).axes()).size() > 1) {
                throw unsupported(kind + " sharded over " + plan.placement(kind).axes());
            }
            if (plan.placement(kind).tier() != Tier.DEVICE) {
                throw unsupported(kind + " in tier " + plan.placement(kind).tier());
            }
        }
        if (plan.stages().stream().map(Stage::name).anyMatch(name -> !name.matches("[a-zA-Z][a-zA-Z0-9_-]*"))) {
            throw unsupported(
                    "stages named " + plan.stages().stream().map(Stage::name).toList());
        }
        if (plan.activation() != ParallelPlan.Activation.KEEP) {
            throw unsupported("activations " + plan.activation());
        }
        if (plan.reduction() == ParallelPlan.Reduction.EACH && options.accumulation() > 1) {
            throw unsupported("reduction after EACH of " + options.accumulation() + " micro-batches");
        }
        return plan;
    }

    private static JavelinException unsupported(String what) {
        return new JavelinException(
                "JVL-ENG-0007",
                "the plan asks for " + what + ", which this engine cannot do",
                "choose another strategy");
    }

    /** Trainable parameters that the loss does not depend on, if the plan lets them be. */
    static Set<String> unused(Traced step, ModelPaths paths, ParallelPlan plan) {
        Set<String> unused = new TreeSet<>();
        paths.parameters().forEach((path, parameter) -> {
            if (parameter.trainable() && !step.gradients().containsKey(path)) {
                unused.add(path);
            }
        });
        if (!unused.isEmpty() && plan.unused() == ParallelPlan.Unused.REFUSE) {
            throw new JavelinException(
                    "JVL-API-0022",
                    (unused.size() == 1 ? "parameter " : "parameters ") + String.join(", ", unused)
                            + (unused.size() == 1 ? " is" : " are")
                            + " trainable, but the loss does not depend on " + (unused.size() == 1 ? "it" : "them"),
                    "use it in the training step, declare it with frozenParameter, or choose a strategy that allows"
                            + " unused parameters, such as ddp_find_unused_parameters_true");
        }
        return unused;
    }
}
