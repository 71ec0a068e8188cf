package dev.javelin.engine.run;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.lower.Votes;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A compilation on an opened device: its memory, its prepared kernels and the state in it. The accelerator belongs to
 * the caller; the memory belongs to the session. Used by one thread.
 */
public final class Session implements AutoCloseable {
    private final Compilation compilation;
    private final Accelerator accelerator;
    private final SessionOptions options;
    private final DeviceMemory resident;
    private final DeviceMemory temporaries;
    private final DeviceQueue queue;
    private final Programs programs;
    private final Staging staging;
    /** Null where copies do not run beside the device's work: micro-batches then go straight to their slots. */
    private final @Nullable Landing landing;

    private final Results results;
    private final InitialValues initial;
    private final Steps steps;
    /** What gives the parts back, in the order in which they were made. */
    private final Deque<Runnable> owned = new ArrayDeque<>();

    private boolean closed;

    private Session(Compilation compilation, Accelerator accelerator, SessionOptions options) {
        this.compilation = compilation;
        this.accelerator = accelerator;
        this.options = options;
        queue = accelerator.queue(QueueRole.COMPUTE);
        requireFitting(compilation, options);
        Collectives collectives = options.team() == null
                ? null
                : new Collectives(options.team(), compilation.plan().units());
        try {
            resident = own(allocate(compilation.slots().bytes(), "state"), DeviceMemory::close);
            temporaries = own(allocate(compilation.temporaryBytes(), "temporaries"), DeviceMemory::close);
            long base = resident.address();
            accelerator.fill(queue, base, resident.bytes(), (byte) 0);
            programs = own(
                    new Programs(compilation, accelerator, options, base, temporaries, collectives), Programs::close);
            staging = own(new Staging(compilation.slots(), accelerator, queue, base), Staging::close);
            results = own(
                    new Results(
                            compilation,
                            accelerator,
                            base,
                            programs,
                            collectives == null ? null : collectives.traffic()),
                    Results::close);
            initial = new InitialValues(compilation, accelerator, base);
            landing = compilation.slots().staged().bytes() == 0
                    ? null
                    : own(
                            new Landing(compilation.slots(), accelerator, base, programs, options.poison()),
                            Landing::close);
            steps = new Steps(compilation, programs, staging, landing, results, collectives);
        } catch (RuntimeException | Error e) {
            try {
                release();
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private <T> T own(T part, Consumer<T> close) {
        owned.push(() -> close.accept(part));
        return part;
    }

    /** Waits for what is under way and gives all parts back, the last first. */
    private void release() {
        Retreat.drain(accelerator);
        while (!owned.isEmpty()) {
            owned.pop().run();
        }
    }

    private static void requireFitting(Compilation compilation, SessionOptions options) {
        int ranks = options.team() == null ? 1 : options.team().size();
        int mesh = compilation.options().mesh().size();
        if (ranks != mesh) {
            throw new JavelinException(
                    "JVL-ENG-0008",
                    "compiled for " + mesh + " ranks, run as one of " + ranks,
                    "compile with CompileOptions.withMesh for the ranks that run");
        }
    }

    /** Memory that the other ranks reach without staging. */
    private DeviceMemory allocate(long bytes, String purpose) {
        return options.team() == null
                ? accelerator.allocate(bytes, purpose)
                : options.team().communicator().allocate(accelerator, bytes, purpose);
    }

    /**
     * Allocates the memory of a compilation and prepares its kernels. All state is zero.
     *
     * @throws JavelinException {@code JVL-MEM-0001} if the device has too little memory, {@code JVL-ENG-0008} if it was
     *     compiled for another number of ranks
     */
    public static Session open(Compilation compilation, Accelerator accelerator, SessionOptions options) {
        return new Session(compilation, accelerator, options);
    }

    public Compilation compilation() {
        return compilation;
    }

    public Accelerator accelerator() {
        return accelerator;
    }

    // State ---------------------------------------------------------------------------------------------------------

    /** Gives every parameter its first value: a pure function of (seed, path, element). Averages are the same, optimizer state zero. */
    public void initialize(long seed) {
        accelerator.fill(queue, resident.address(), resident.bytes(), (byte) 0);
        if (landing != null) {
            landing.free();
        }
        programs.parametersWritten();
        initial.write(seed);
    }

    /** Makes the weights that there are the averages, where averages are kept. */
    public void beginAverages() {
        initial.beginAverages();
    }

    /** Copies an entry's elements to host memory. */
    public void read(StateEntry entry, MemorySegment target) {
        long address = staging.address(entry.slot()) + entry.offsetBytes();
        accelerator.copyToHost(queue, address, target.asSlice(0, entry.type().bytes()));
        queue.synchronize();
    }

    /** Replaces an entry's elements. */
    public void write(StateEntry entry, MemorySegment source) {
        long address = staging.address(entry.slot()) + entry.offsetBytes();
        accelerator.copyToDevice(queue, source.asSlice(0, entry.type().bytes()), address);
        queue.synchronize();
        programs.parametersWritten();
    }

    /** From now on, notes when queues and host begin and end what; null ends that. Numbers are the same either way. */
    public void record(@Nullable Recording spans) {
        programs.record(spans);
    }

    // Steps ---------------------------------------------------------------------------------------------------------

    /**
     * Runs one optimizer step. Where losses are scaled, the scale changes from call to call, as {@link LossScale} says.
     *
     * @param step counted from 1
     * @param batches as many as the compilation accumulates
     */
    public StepResult train(long step, double learningRate, long seed, List<HostBatch> batches) {
        begin(step, learningRate, seed, batches);
        return finish();
    }

    /**
     * The same with a scale of the caller's choice.
     *
     * @param scale by what the loss is scaled
     */
    public StepResult train(long step, double learningRate, long seed, List<HostBatch> batches, StepScale scale) {
        begin(step, learningRate, seed, batches, scale);
        return finish();
    }

    /**
     * Begins an optimizer step: where the device works beside its caller this comes back while it computes. {@link
     * #finish} follows; in between nothing may be asked of the session but to {@link #stage}.
     *
     * @param step counted from 1
     * @param batches as many as the compilation accumulates; their contents stay as they are until the step is finished
     */
    public void begin(long step, double learningRate, long seed, List<HostBatch> batches) {
        steps.begin(step, learningRate, seed, batches);
    }

    /**
     * The same with a scale of the caller's choice.
     *
     * @param scale by what the loss is scaled
     */
    public void begin(long step, double learningRate, long seed, List<HostBatch> batches, StepScale scale) {
        steps.begin(step, learningRate, seed, batches, scale, Programs.NOTHING);
    }

    /**
     * Waits for the step that was begun.
     *
     * @return what it reported
     */
    public StepResult finish() {
        return steps.finish();
    }

    /** Whether {@link #stage} does anything: whether the device copies beside its work. */
    public boolean stages() {
        return landing != null;
    }

    /**
     * Lets the device copy the first micro-batch of the next step while it computes this one; the others follow during
     * that step. Which batches are staged changes no number: those that a step begins with count.
     *
     * @param batches of the next step, the very ones that it will begin with
     */
    public void stage(List<HostBatch> batches) {
        steps.stage(batches);
    }

    /**
     * When the device was done with the step that was begun, as {@link System#nanoTime} tells it; empty while it is not, and
     * where its work is done by the caller.
     */
    public OptionalLong doneNanos() {
        return steps.doneNanos();
    }

    /** Losses of one batch, without an update, of the weights that the compilation validates. */
    public StepResult validate(HostBatch batch) {
        return steps.validate(batch, Compilation.VALIDATE);
    }

    /** The same of the weights themselves, where {@link #validate} takes their average and both were compiled. */
    public StepResult validateLast(HostBatch batch) {
        return steps.validate(batch, Compilation.VALIDATE_LAST);
    }

    /**
     * Whether any rank wants something, by question; the same answers on all ranks, each of which asks.
     *
     * @param mine what this rank wants: {@link Votes#QUESTIONS} answers
     */
    public boolean[] anyRank(boolean... mine) {
        return steps.vote(mine);
    }

    /** Runs a computation that was compiled for inference and copies its result into {@code target}. */
    public void infer(String name, HostBatch batch, MemorySegment target) {
        steps.requireNoneBegun();
        Slot slot = result(name);
        staging.writeBatch(compilation.program(name).schedule().program(), batch);
        programs.launch(name, Programs.NOTHING);
        accelerator.copyToHost(
                queue, staging.address(slot), target.asSlice(0, slot.type().bytes()));
        programs.guarded(queue::synchronize);
    }

    /** The same where only one was compiled. */
    public void infer(HostBatch batch, MemorySegment target) {
        infer(onlyInference(), batch, target);
    }

    /** Type of the result of a computation for inference. */
    public TensorType inferenceType(String name) {
        return result(name).type();
    }

    /** The same where only one was compiled. */
    public TensorType inferenceType() {
        return inferenceType(onlyInference());
    }

    private String onlyInference() {
        List<CompileOptions.Inference> all = compilation.options().inferences();
        if (all.size() != 1) {
            throw new IllegalStateException(all.size() + " computations were compiled for inference: name one");
        }
        return all.getFirst().name();
    }

    /** Where a computation's result lies. */
    private Slot result(String inference) {
        return compilation
                .slots()
                .find(Slot.Kind.METRIC, inference)
                .orElseThrow(() -> new IllegalArgumentException("no inference '" + inference + "' was compiled"));
    }

    /** Sets what inference programs left for each other back to zero. */
    public void clearState() {
        compilation.slots().offsets().keySet().stream()
                .filter(slot -> slot.kind() == Slot.Kind.STATE)
                .forEach(slot -> accelerator.fill(
                        queue, staging.address(slot), slot.type().bytes(), (byte) 0));
        queue.synchronize();
    }

    // Faults --------------------------------------------------------------------------------------------------------

    /**
     * Runs a step that wrote nothing once more, looking at every result, and says where the first number that is not
     * finite came from. The state stays as it is, because the step writes nothing again.
     */
    public Optional<NonFinite> findNonFinite(long step, double learningRate, long seed, List<HostBatch> batches) {
        return findNonFinite(step, learningRate, seed, batches, steps.lastScale());
    }

    /** The same with the scale that the step had. */
    public Optional<NonFinite> findNonFinite(
            long step, double learningRate, long seed, List<HostBatch> batches, StepScale scale) {
        NonFiniteSearch search = new NonFiniteSearch(programs::copy);
        for (StateEntry entry : StateMap.persistent(compilation)) {
            search.state(entry, staging.address(entry.slot()) + entry.offsetBytes());
        }
        batches.forEach(batch -> search.batch(batch, compilation.slots()));
        steps.begin(step, learningRate, seed, batches, scale, search::launched);
        steps.finish();
        return search.found();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (programs.failed() && options.team() != null && !Retreat.of(options.team(), accelerator)) {
            return; // a peer may still work in this memory: it stays until the process ends
        }
        release();
    }
}
