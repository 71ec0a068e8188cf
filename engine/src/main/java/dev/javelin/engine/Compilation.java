package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.lower.Chunks;
import dev.javelin.engine.lower.Variant;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.engine.trace.Signature;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.ReduceScatter;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

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
    private final SequencedMap<String, Placement> programs;
    private final SlotLayout slots;
    private final Map<String, TensorType> outputs;

    private Compilation(Compiler compiler) {
        paths = compiler.paths;
        options = compiler.options;
        planner = compiler.planner;
        plan = compiler.plan;
        precision = compiler.precision;
        chunks = compiler.chunks;
        programs = compiler.programs;
        slots = compiler.slots;
        outputs = compiler.outputs;
    }

    /**
     * Compiles a module.
     *
     * @throws JavelinException for faults of the model ({@code API}), the plan ({@code STR}) or the device ({@code ENG})
     */
    public static Compilation compile(
            TrainingModule module, CompileOptions options, Strategy strategy, DevicePlanner planner) {
        return new Compilation(new Compiler(module, options, strategy, planner));
    }

    /** Name of the training program of a variant in a stage. */
    static String program(ParallelPlan plan, Variant variant, Stage stage) {
        return variant.updates() && plan.stages().size() > 1
                ? variant.program() + "." + stage.name()
                : variant.program();
    }

    /** The training program for micro-batch {@code index} (from 0) of an optimizer step (from 1). */
    public String trainingProgram(long step, int index) {
        return program(plan, Variant.of(index, options.accumulation()), plan.stage(step));
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

    /** By whose rate the instruction is to be measured. */
    private static DType operands(Instruction instruction) {
        return instruction.inputs().isEmpty()
                ? DType.FLOAT32
                : instruction.inputTypes().getFirst().dtype();
    }

    private double estimatedSeconds(Placement placement) {
        DevicePlanner.Rates rates = planner.rates();
        double seconds = 0;
        for (Schedule.Issue issue : placement.schedule().issues()) {
            if (issue.instruction().view().isEmpty()
                    && !issue.instruction().operation().effect()) {
                KernelPlan kernel = placement.plan(issue.instruction());
                double flopsPerSecond = planner.flopsPerSecond(operands(issue.instruction()));
                seconds += rates.launchSeconds()
                        + Math.max(kernel.flops() / flopsPerSecond, kernel.bytes() / rates.bytesPerSecond());
            }
        }
        return seconds;
    }
}
