package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
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
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.engine.trace.LayerOutputs;
import dev.javelin.engine.trace.Signature;
import dev.javelin.engine.trace.Traced;
import dev.javelin.engine.trace.Tracer;
import dev.javelin.engine.verify.Verifier;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.Group;
import dev.javelin.spi.collective.ReduceScatter;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.spi.strategy.Mesh;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.StateKind;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.Tier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model compiled for a device and a strategy: every program that a run needs, placed and verified. Touches no device:
 * with a planner alone, it says exactly how much memory the job will take.
 */
public final class Compilation {
    /** Name of the validation program. */
    public static final String VALIDATE = "validate";
    /** Name of the program that validates the weights themselves where {@link #VALIDATE} takes their average. */
    public static final String VALIDATE_LAST = "validate.last";
    /** Name of the program that converts the parameters for products, where they are kept converted. */
    public static final String WEIGHTS = "weights";

    private final ModelPaths paths;
    private final CompileOptions options;
    private final DevicePlanner planner;
    private final ParallelPlan plan;
    private final PrecisionPlan precision;
    private final Chunks chunks;
    private final SequencedMap<String, Placement> programs = new LinkedHashMap<>();
    private final SlotLayout slots;
    private final Map<String, TensorType> outputs;

    private Compilation(TrainingModule module, CompileOptions options, Strategy strategy, DevicePlanner planner) {
        this.options = options;
        this.planner = planner;
        paths = new ModelPaths(module.model(), options.dtype());
        requireDTypes(options.precision(), planner);
        Groups.check(options.groups());
        List<ParameterGroup> groups =
                options.groups().isEmpty() ? ParameterGroup.all(new Sgd(0, 0, false)) : options.groups();
        ModelInventory inventory = Inventory.of(paths, groups);
        plan = supported(strategy.plan(inventory, new Context(module, options, planner)), options);
        precision = precision(plan, options.precision());
        requireDTypes(precision, planner);
        Tracer tracer = new Tracer(paths, precision);
        Traced step = options.train() == null ? null : tracer.training(module, options.train());
        outputs = step == null ? Map.of() : LayerOutputs.of(step.program());
        Set<String> unused = step == null ? Set.of() : unused(step);
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

    /**
     * Compiles a module.
     *
     * @throws JavelinException for faults of the model ({@code API}), the plan ({@code STR}) or the device ({@code ENG})
     */
    public static Compilation compile(
            TrainingModule module, CompileOptions options, Strategy strategy, DevicePlanner planner) {
        return new Compilation(module, options, strategy, planner);
    }

    private static void requireDTypes(PrecisionPlan types, DevicePlanner planner) {
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
    private static PrecisionPlan precision(ParallelPlan plan, PrecisionPlan run) {
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
    private static ParallelPlan supported(ParallelPlan plan, CompileOptions options) {
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
    private Set<String> unused(Traced step) {
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
                    add(lowering.training(step, variant, stage, program(variant, stage)));
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
            add(Lowering.weights(paths, ordered, WEIGHTS));
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
        add(lowering.validation(validation, VALIDATE, weights));
        if (choice == Averaging.Validation.BOTH) {
            add(lowering.validation(validation, VALIDATE_LAST, Weights.LAST));
        }
    }

    private String program(Variant variant, Stage stage) {
        return variant.updates() && plan.stages().size() > 1
                ? variant.program() + "." + stage.name()
                : variant.program();
    }

    /** The training program for micro-batch {@code index} (from 0) of an optimizer step (from 1). */
    public String trainingProgram(long step, int index) {
        return program(Variant.of(index, options.accumulation()), plan.stage(step));
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
                .flatMap(name -> program(name).schedule().program().slots().stream())
                .filter(slot -> slot.kind() == kind)
                .collect(Collectors.toSet());
    }

    private Set<String> trainingPrograms() {
        Set<String> names = new HashSet<>();
        for (Variant variant : options.train() == null ? List.<Variant>of() : variants(options.accumulation())) {
            plan.stages().forEach(stage -> names.add(program(variant, stage)));
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
            Compilation compilation = compile(module, options, (model, context) -> plan, planner);
            return new PlanReport(
                    Map.of(Tier.DEVICE, compilation.memory().peakBytes()),
                    compilation.sent(1).parts().stream()
                            .collect(Collectors.toMap(Sent.Part::collective, Sent.Part::bytes, Long::sum)),
                    compilation.estimatedStepSeconds());
        }
    }

    // What was compiled ---------------------------------------------------------------------------------------------

    public ModelPaths paths() {
        return paths;
    }

    /** What layers give in the training step, by path; nothing for a layer that it does not use. */
    public Map<String, TensorType> outputs() {
        return outputs;
    }

    public CompileOptions options() {
        return options;
    }

    public ParallelPlan plan() {
        return plan;
    }

    /** The element types: the run's, or the plan's where it has others. */
    public PrecisionPlan precision() {
        return precision;
    }

    public Chunks chunks() {
        return chunks;
    }

    /**
     * The placed programs by name: {@code train.only} or {@code train.first/middle/last}, with the name of the stage
     * behind it if there are several; validate, validate.last; the computations of inference.
     */
    public SequencedMap<String, Placement> programs() {
        return programs;
    }

    public Placement program(String name) {
        return Optional.ofNullable(programs.get(name))
                .orElseThrow(() -> new IllegalArgumentException(
                        "no program '" + name + "' was compiled, only " + programs.keySet()));
    }

    /**
     * Looks whether a communicator can do what the programs ask of it.
     *
     * @throws JavelinException {@code JVL-ENG-0009} if not
     */
    public void requireServed(String communicator, Abilities abilities, Seat.Closeness closeness) {
        boolean near = switch (closeness) {
            case THREADS -> abilities.threads();
            case PROCESSES -> abilities.processes();
            case HOSTS -> abilities.hosts();
        };
        if (!near) {
            throw unserved(communicator, "does not connect ranks that are " + closeness);
        }
        for (Placement placement : programs.values()) {
            for (Instruction instruction : placement.schedule().program().instructions()) {
                boolean sums = instruction.operation() instanceof AllReduce
                        || instruction.operation() instanceof ReduceScatter;
                DType dtype = instruction.inputs().isEmpty()
                        ? options.dtype()
                        : instruction.inputTypes().getFirst().dtype();
                if (sums && !abilities.sums().contains(dtype)) {
                    throw unserved(communicator, "does not add " + dtype + ", but only " + abilities.sums());
                }
            }
        }
    }

    private static JavelinException unserved(String communicator, String what) {
        return new JavelinException(
                "JVL-ENG-0009",
                "communicator " + communicator + " " + what,
                "choose another communicator (--communicator local or tcp), or other options of the strategy");
    }

    /** Everything that ranks must have in common to run together, line by line: chunks and instructions. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("mesh " + options.mesh());
        for (Chunk chunk : chunks.all()) {
            for (Chunk.Member member : chunk.members()) {
                lines.add("unit " + chunk.unit() + ", chunk " + chunk.name() + " " + chunk.type() + ": " + member.path()
                        + " " + member.shape() + " at " + member.offset());
            }
        }
        programs.forEach((name, placement) -> {
            placement.schedule().program().inputs().forEach(input -> lines.add(name + ": " + input));
            int number = 0;
            for (Schedule.Issue issue : placement.schedule().issues()) {
                Instruction instruction = issue.instruction();
                lines.add(name + ", instruction " + number++ + " on " + issue.queue() + ": " + instruction + " "
                        + instruction.outputTypes() + ", " + instruction.site());
            }
        });
        return lines;
    }

    /**
     * A power of two near the samples of a step on one rank: tokens, or rows for data without positions. The backward pass
     * of scaled losses begins with scale / divisor, so that a scale means the same for batches of any size.
     */
    public double lossDivisor() {
        Signature train = options.train();
        if (train == null || !precision.scaling().active()) {
            return 1;
        }
        TensorType first = train.fields().firstEntry().getValue();
        long samples = first.dtype().floating() ? train.rows() : first.elements();
        return Math.scalb(1.0, 64 - Long.numberOfLeadingZeros(Math.max(1, samples * options.accumulation()) - 1));
    }

    public SlotLayout slots() {
        return slots;
    }

    public DevicePlanner planner() {
        return planner;
    }

    /** Size of the slab for temporaries: that of the program that needs most. */
    public long temporaryBytes() {
        return programs.values().stream().mapToLong(Placement::bytes).max().orElse(0);
    }

    public MemoryReport memory() {
        long live =
                programs.values().stream().mapToLong(Placement::liveBytes).max().orElse(0);
        return new MemoryReport(
                slots.bytes(Slot.Kind.CHUNK) + slots.bytes(Slot.Kind.WEIGHTS),
                slots.bytes(Slot.Kind.GRADIENT),
                slots.bytes(Slot.Kind.OPTIMIZER),
                slots.bytes(Slot.Kind.AVERAGE),
                slots.bytes(Slot.Kind.FRAGMENT),
                slots.bytes(Slot.Kind.STATE),
                slots.bytes(Slot.Kind.BATCH) + slots.bytes(Slot.Kind.SCALAR) + slots.bytes(Slot.Kind.METRIC),
                slots.staged().bytes(),
                slots.bytes(),
                temporaryBytes(),
                live);
    }

    /** Time of an optimizer step by the device's nominal rates; 0 if nothing trains. */
    public double estimatedStepSeconds() {
        double seconds = 0;
        for (int i = 0; options.train() != null && i < options.accumulation(); i++) {
            seconds += estimatedSeconds(program(trainingProgram(1, i)));
        }
        return seconds;
    }

    /** What a rank sends in an optimizer step, counted from 1; nothing if nothing trains. */
    public Sent sent(long step) {
        List<Schedule> schedules = new ArrayList<>();
        for (int i = 0; options.train() != null && i < options.accumulation(); i++) {
            schedules.add(program(trainingProgram(step, i)).schedule());
        }
        return Sent.of(schedules);
    }

    /** The training programs of an optimizer step, counted from 1, in order; none if nothing trains. */
    public List<String> trainingPrograms(long step) {
        List<String> names = new ArrayList<>();
        for (int i = 0; options.train() != null && i < options.accumulation(); i++) {
            names.add(trainingProgram(step, i));
        }
        return names;
    }

    /** Floating-point operations of a rank's run through programs, as the accelerator counts them. */
    public double flops(List<String> names) {
        double flops = 0;
        for (String name : names) {
            Placement placement = program(name);
            for (Schedule.Issue issue : placement.schedule().issues()) {
                Instruction instruction = issue.instruction();
                if (instruction.view().isEmpty() && !instruction.operation().effect()) {
                    flops += placement.plan(instruction).flops();
                }
            }
        }
        return flops;
    }

    private double estimatedSeconds(Placement placement) {
        DevicePlanner.Rates rates = planner.rates();
        double seconds = 0;
        for (Schedule.Issue issue : placement.schedule().issues()) {
            if (issue.instruction().view().isEmpty()
                    && !issue.instruction().operation().effect()) {
                KernelPlan kernel = placement.plan(issue.instruction());
                seconds += rates.launchSeconds()
                        + Math.max(kernel.flops() / rates.flopsPerSecond(), kernel.bytes() / rates.bytesPerSecond());
            }
        }
        return seconds;
    }
}
