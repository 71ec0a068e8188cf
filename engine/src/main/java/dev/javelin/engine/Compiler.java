package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.lower.Chunks;
import dev.javelin.engine.lower.Decomposition;
import dev.javelin.engine.lower.Fusion;
import dev.javelin.engine.lower.Joining;
import dev.javelin.engine.lower.Lowering;
import dev.javelin.engine.lower.Pruning;
import dev.javelin.engine.lower.Settling;
import dev.javelin.engine.lower.Variant;
import dev.javelin.engine.lower.Votes;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.engine.trace.LayerOutputs;
import dev.javelin.engine.trace.Traced;
import dev.javelin.engine.trace.Tracer;
import dev.javelin.engine.verify.Verifier;
import dev.javelin.spi.collective.Group;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.spi.strategy.Mesh;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.Tier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the programs of a {@link Compilation}: traces, asks the strategy, lowers, fuses, schedules, places, verifies. */
final class Compiler {
    final ModelPaths paths;
    final CompileOptions options;
    final DevicePlanner planner;
    final ParallelPlan plan;
    final PrecisionPlan precision;
    final Chunks chunks;
    final SequencedMap<String, Placement> programs = new LinkedHashMap<>();
    final SlotLayout slots;
    final Map<String, TensorType> outputs;

    Compiler(TrainingModule module, CompileOptions options, Strategy strategy, DevicePlanner planner) {
        this.options = options;
        this.planner = planner;
        paths = new ModelPaths(module.model(), options.dtype());
        Acceptance.requireDTypes(options.precision(), planner);
        Groups.check(options.groups());
        List<ParameterGroup> groups =
                options.groups().isEmpty() ? ParameterGroup.all(new Sgd(0, 0, false)) : options.groups();
        ModelInventory inventory = Inventory.of(paths, groups);
        plan = Acceptance.supported(strategy.plan(inventory, new Context(module, options, planner)), options);
        precision = Acceptance.precision(plan, options.precision());
        Acceptance.requireDTypes(precision, planner);
        Tracer tracer = new Tracer(paths, precision);
        Traced step = options.train() == null ? null : tracer.training(module, options.train());
        outputs = step == null ? Map.of() : LayerOutputs.of(step.program());
        Set<String> unused = step == null ? Set.of() : Acceptance.unused(step, paths, plan);
        int narrowest = precision.types().mapToInt(DType::bytes).min().orElseThrow();
        long alignment = Math.max(1, planner.alignmentBytes() / narrowest);
        chunks = new Chunks(
                paths,
                precision,
                plan.units(),
                groups,
                alignment,
                options.mesh().size(),
                unused);
        Group replicas = Group.of(options.mesh(), options.mesh().axes().keySet());
        lower(step, validation(tracer, module), inferences(tracer), replicas);
        if (step != null && replicas.size() > 1) {
            add(Votes.of(paths, replicas));
        }
        slots = layout();
    }

    private @Nullable Traced validation(Tracer tracer, TrainingModule module) {
        return options.validate() == null ? null : tracer.validation(module, options.validate());
    }

    private List<Program> inferences(Tracer tracer) {
        return options.inferences().stream()
                .map(inference -> tracer.inference(inference.name(), inference.body(), inference.signature()))
                .toList();
    }

    private void lower(@Nullable Traced step, @Nullable Traced validation, List<Program> inferences, Group replicas) {
        Set<Chunk> resident = resident(step, validation, inferences);
        Lowering lowering = new Lowering(
                paths,
                chunks,
                options.clipping(),
                options.averaging(),
                options.keepGradients(),
                replicas,
                precision,
                resident);
        if (step != null) {
            for (Variant variant : variants(options.accumulation())) {
                for (Stage stage :
                        variant.updates() ? plan.stages() : plan.stages().subList(0, 1)) {
                    add(lowering.training(step, variant, stage, Compilation.program(plan, variant, stage)));
                }
            }
        }
        if (validation != null) {
            addValidation(validation, lowering);
        }
        inferences.forEach(inference -> add(lowering.inference(inference)));
        if (!resident.isEmpty()) {
            List<Chunk> ordered =
                    chunks.all().stream().filter(resident::contains).toList();
            add(Lowering.weights(paths, ordered, Compilation.WEIGHTS));
        }
    }

    /** The chunks whose parameters are kept converted: those that training converts, or else all that are converted. */
    private Set<Chunk> resident(@Nullable Traced step, @Nullable Traced validation, List<Program> inferences) {
        if (!precision.mixed() || precision.weights() != PrecisionPlan.Weights.RESIDENT) {
            return Set.of();
        }
        List<Program> readers = new ArrayList<>();
        if (step != null) {
            readers.add(step.program());
        } else {
            readers.addAll(inferences);
            if (validation != null && options.averaging().validation() == Averaging.Validation.LAST) {
                readers.add(validation.program());
            }
        }
        return Lowering.converted(readers, chunks, precision.compute());
    }

    private void addValidation(Traced validation, Lowering lowering) {
        Averaging.Validation choice = options.averaging().validation();
        Weights weights = choice == Averaging.Validation.LAST ? Weights.LAST : Weights.AVERAGE;
        add(lowering.validation(validation, Compilation.VALIDATE, weights));
        if (choice == Averaging.Validation.BOTH) {
            add(lowering.validation(validation, Compilation.VALIDATE_LAST, Weights.LAST));
        }
    }

    private static List<Variant> variants(int accumulation) {
        return switch (accumulation) {
            case 1 -> List.of(Variant.ONLY);
            case 2 -> List.of(Variant.FIRST, Variant.LAST);
            default -> List.of(Variant.FIRST, Variant.MIDDLE, Variant.LAST);
        };
    }

    private void add(Program lowered) {
        Program fused = Fusion.fuse(Pruning.prune(Joining.join(lowered)), planner);
        Program fitting = new Decomposition(paths, planner).decompose(fused);
        Program settled = Settling.settle(fitting, paths);
        Placement placement = Placement.of(Schedule.of(settled, planner::concurrent), planner);
        Verifier.verify(placement);
        programs.put(settled.name(), placement);
    }

    private SlotLayout layout() {
        Set<String> results = new HashSet<>(programs.keySet());
        options.inferences().forEach(inference -> results.remove(inference.name()));
        Set<String> staged = planner.concurrent(QueueRole.TO_DEVICE) ? trainingPrograms() : Set.of();
        return new SlotLayout(
                programs.values().stream().map(p -> p.schedule().program()).toList(),
                slots(results, Slot.Kind.METRIC),
                slots(staged, Slot.Kind.BATCH),
                planner.alignmentBytes());
    }

    private Set<Slot> slots(Set<String> names, Slot.Kind kind) {
        return names.stream()
                .flatMap(name -> Objects.requireNonNull(programs.get(name)).schedule().program().slots().stream())
                .filter(slot -> slot.kind() == kind)
                .collect(Collectors.toSet());
    }

    private Set<String> trainingPrograms() {
        Set<String> names = new HashSet<>();
        for (Variant variant : options.train() == null ? List.<Variant>of() : variants(options.accumulation())) {
            plan.stages().forEach(stage -> names.add(Compilation.program(plan, variant, stage)));
        }
        return names;
    }

    /** What a strategy may ask. */
    private record Context(TrainingModule module, CompileOptions options, DevicePlanner planner)
            implements PlanContext {
        @Override
        public Mesh mesh() {
            return options.mesh();
        }

        @Override
        public long deviceBudgetBytes() {
            return planner.memoryBytes();
        }

        @Override
        public int accumulation() {
            return options.accumulation();
        }

        @Override
        public PrecisionPlan precision() {
            return options.precision();
        }

        @Override
        public PlanReport evaluate(ParallelPlan plan) {
            Compilation compilation = Compilation.compile(module, options, (model, context) -> plan, planner);
            return new PlanReport(
                    Map.of(Tier.DEVICE, compilation.memory().peakBytes()),
                    compilation.sent(1).parts().stream()
                            .collect(Collectors.toMap(Sent.Part::collective, Sent.Part::bytes, Long::sum)),
                    compilation.estimatedStepSeconds());
        }
    }
}
