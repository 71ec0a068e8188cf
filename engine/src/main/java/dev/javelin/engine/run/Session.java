package dev.javelin.engine.run;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Parameter;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Print;
import dev.javelin.api.trainer.Communication;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.lower.FragmentState;
import dev.javelin.engine.lower.Metrics;
import dev.javelin.engine.lower.Votes;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A compilation on an opened device: its memory, its prepared kernels and the state in it. The accelerator belongs to
 * the caller; the memory belongs to the session. Used by one thread.
 */
public final class Session implements AutoCloseable {
    private static final Consumer<LaunchList.Launch> NOTHING = launch -> {};

    private final Compilation compilation;
    private final Accelerator accelerator;
    private final SessionOptions options;
    private final DeviceMemory resident;
    private final DeviceMemory temporaries;
    private final DeviceQueue queue;
    private final Map<String, LaunchList> programs = new HashMap<>();
    private final Staging staging;
    private final @Nullable Collectives collectives;
    private @Nullable Recording recording;
    private boolean failed;
    private MemorySegment window = MemorySegment.NULL;
    private boolean closed;
    private boolean stale = true;
    private LossScale lossScale;
    private StepScale lastScale;

    private Session(Compilation compilation, Accelerator accelerator, SessionOptions options) {
        this.compilation = compilation;
        this.accelerator = accelerator;
        this.options = options;
        lossScale = LossScale.begin(compilation.precision().scaling());
        lastScale = lossScale.now();
        queue = accelerator.queue(QueueRole.COMPUTE);
        requireFitting(compilation, options);
        collectives = options.team() == null
                ? null
                : new Collectives(options.team(), compilation.plan().units());
        resident = allocate(compilation.slots().bytes(), "state");
        DeviceMemory second = null;
        try {
            second = allocate(compilation.temporaryBytes(), "temporaries");
            temporaries = second;
            staging = new Staging(compilation.slots(), accelerator, queue, resident.address());
            accelerator.fill(queue, resident.address(), resident.bytes(), (byte) 0);
            compilation.programs().forEach((name, placement) -> programs.put(name, launchList(placement)));
        } catch (RuntimeException | Error e) {
            if (second != null) {
                second.close();
            }
            resident.close();
            throw e;
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

    private LaunchList launchList(Placement placement) {
        return new LaunchList(
                placement, compilation.slots(), accelerator, resident.address(), temporaries.address(), collectives);
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
        stale = true;
        for (Chunk chunk : compilation.chunks().all()) {
            if (compilation.slots().offsets().containsKey(chunk.values())) {
                initialize(chunk, seed);
            }
        }
        for (FragmentState state : FragmentState.all(compilation.plan(), compilation.chunks())) {
            if (compilation.slots().offsets().containsKey(state.slot())) {
                initialize(state, seed);
            }
        }
        beginAverages();
    }

    /** Makes the weights that there are the averages, where averages are kept. */
    public void beginAverages() {
        for (Chunk chunk : compilation.chunks().all()) {
            if (compilation.slots().offsets().containsKey(chunk.average())) {
                try (Arena host = Arena.ofShared()) {
                    TensorType own = chunk.type();
                    TensorType average = chunk.average().type();
                    MemorySegment values =
                            host.allocate(Math.max(1, own.bytes()), 64).asSlice(0, own.bytes());
                    accelerator.copyToHost(queue, staging.address(chunk.values()), values);
                    queue.synchronize();
                    MemorySegment wide = values;
                    if (own.dtype() != average.dtype()) {
                        wide = host.allocate(Math.max(1, average.bytes()), 64).asSlice(0, average.bytes());
                        Numbers.convert(values, own.dtype(), wide, average.dtype(), own.elements());
                    }
                    accelerator.copyToDevice(queue, wide, staging.address(chunk.average()));
                    queue.synchronize();
                }
            }
        }
    }

    private void initialize(FragmentState state, long seed) {
        try (Arena host = Arena.ofShared()) {
            TensorType type = state.slot().type();
            MemorySegment values = host.allocate(Math.max(1, type.bytes()), 64);
            fill(state.initial(), seed, state.path() + "#" + state.kind(), type, 0, values);
            accelerator.copyToDevice(queue, values.asSlice(0, type.bytes()), staging.address(state.slot()));
            queue.synchronize();
        }
    }

    private void initialize(Chunk chunk, long seed) {
        try (Arena host = Arena.ofShared()) {
            MemorySegment values = host.allocate(chunk.type().bytes(), 64);
            for (Chunk.Member member : chunk.members()) {
                Parameter parameter =
                        Objects.requireNonNull(compilation.paths().parameters().get(member.path()));
                TensorType type = chunk.type().withShape(member.shape());
                fill(parameter.initializer(), seed, member.path(), type, member.offset(), values);
            }
            accelerator.copyToDevice(queue, values, staging.address(chunk.values()));
            queue.synchronize();
        }
    }

    /** Elements are independent: blocks of them are computed side by side. */
    private static void fill(
            Initializer initializer, long seed, String key, TensorType type, long offset, MemorySegment values) {
        long block = 1 << 16;
        LongStream.range(0, Math.ceilDiv(type.elements(), block)).parallel().forEach(b -> {
            Initializer.Source source = new Initializer.Source(seed, key);
            for (long i = b * block; i < Math.min(type.elements(), (b + 1) * block); i++) {
                Numbers.set(values, type.dtype(), offset + i, initializer.value(source, i));
            }
        });
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
        stale = true;
    }

    /** From now on, notes when queues and host begin and end what; null ends that. Numbers are the same either way. */
    public void record(@Nullable Recording spans) {
        recording = spans;
    }

    private void host(String what, Runnable work) {
        Recording now = recording;
        if (now == null) {
            work.run();
        } else {
            now.host(what, work);
        }
    }

    // Steps ---------------------------------------------------------------------------------------------------------

    /**
     * Runs one optimizer step. Where losses are scaled, the scale changes from call to call, as {@link LossScale} says.
     *
     * @param step counted from 1
     * @param batches as many as the compilation accumulates
     */
    public StepResult train(long step, double learningRate, long seed, List<HostBatch> batches) {
        StepScale scale = lossScale.now();
        StepResult result = train(step, learningRate, seed, batches, scale);
        lossScale = lossScale.after(result.finite());
        return result;
    }

    /**
     * The same with a scale of the caller's choice.
     *
     * @param scale by what the loss is scaled
     */
    public StepResult train(long step, double learningRate, long seed, List<HostBatch> batches, StepScale scale) {
        train(step, learningRate, seed, batches, scale, NOTHING);
        return recordedResult(compilation.trainingProgram(step, batches.size() - 1), true, batches.size());
    }

    private StepResult recordedResult(String program, boolean training, int microBatches) {
        StepResult[] result = new StepResult[1];
        host("reading results", () -> result[0] = result(program, training, microBatches));
        return Objects.requireNonNull(result[0]);
    }

    private void train(
            long step,
            double rate,
            long seed,
            List<HostBatch> batches,
            StepScale scale,
            Consumer<LaunchList.Launch> after) {
        lastScale = scale;
        int count = compilation.options().accumulation();
        if (batches.size() != count) {
            throw new IllegalArgumentException(batches.size() + " micro-batches for a step of " + count);
        }
        long rows = Objects.requireNonNull(compilation.options().train(), "no training was compiled")
                .rows();
        if (collectives != null) {
            collectives.step(step);
        }
        host("writing scalars", () -> {
            staging.writeScalars(compilation.chunks(), step - scale.skipped(), rate);
            staging.writeLossSeed(scale.scale() / compilation.lossDivisor());
            staging.writeAverageRate(compilation.options(), step);
        });
        for (int i = 0; i < count; i++) {
            int micro = i;
            String program = compilation.trainingProgram(step, i);
            host("writing batches", () -> {
                staging.writeBatch(program(program), batches.get(micro));
                staging.writeRandom(seed, step, micro, batches.get(micro).firstSample(), rows);
            });
            launch(program, after);
        }
        settle();
    }

    /** Losses of one batch, without an update, of the weights that the compilation validates. */
    public StepResult validate(HostBatch batch) {
        return validate(batch, Compilation.VALIDATE);
    }

    /** The same of the weights themselves, where {@link #validate} takes their average and both were compiled. */
    public StepResult validateLast(HostBatch batch) {
        return validate(batch, Compilation.VALIDATE_LAST);
    }

    private StepResult validate(HostBatch batch, String program) {
        host("writing batches", () -> staging.writeBatch(program(program), batch));
        launch(program, NOTHING);
        settle();
        return recordedResult(program, false, 1);
    }

    /**
     * Whether any rank wants something, by question; the same answers on all ranks, each of which asks.
     *
     * @param mine what this rank wants: {@link Votes#QUESTIONS} answers
     */
    public boolean[] anyRank(boolean... mine) {
        if (collectives == null) {
            return mine.clone();
        }
        staging.write(Votes.VOTE, i -> mine[i] ? 1 : 0);
        launch(Votes.PROGRAM, NOTHING);
        settle();
        double[] counts = staging.read(Votes.COUNT);
        boolean[] any = new boolean[counts.length];
        for (int i = 0; i < any.length; i++) {
            any[i] = counts[i] > 0;
        }
        return any;
    }

    /** Runs a computation that was compiled for inference and copies its result into {@code target}. */
    public void infer(String name, HostBatch batch, MemorySegment target) {
        Slot slot = result(name);
        staging.writeBatch(program(name), batch);
        launch(name, NOTHING);
        accelerator.copyToHost(
                queue, staging.address(slot), target.asSlice(0, slot.type().bytes()));
        settle();
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

    private Program program(String name) {
        return compilation.program(name).schedule().program();
    }

    private void launch(String program, Consumer<LaunchList.Launch> after) {
        if (options.poison()) {
            accelerator.fill(queue, temporaries.address(), temporaries.bytes(), (byte) 0xFF);
        }
        LaunchList list = Objects.requireNonNull(programs.get(program), program);
        deriveWeights();
        Recording now = after == NOTHING ? recording : null;
        try {
            if (now == null) {
                list.run(this::print, after == NOTHING ? null : after, null);
            } else {
                now.around(program, () -> {
                    list.run(this::print, null, now);
                    now.settle(queue);
                });
            }
        } catch (RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    /** Waits until all that was launched is done. */
    private void settle() {
        try {
            queue.synchronize();
        } catch (RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    /** Lets the other ranks know. */
    private void fail(Throwable e) {
        failed = true;
        if (options.team() != null) {
            options.team().communicator().abort("rank " + options.team().rank() + " failed: " + e);
        }
    }

    /** Converts parameters for products again after they were written from outside. */
    private void deriveWeights() {
        LaunchList list = programs.get(Compilation.WEIGHTS);
        if (stale && list != null) {
            list.run(this::print, null, null);
            queue.synchronize();
        }
        stale = false;
    }

    private void print(Print print, LaunchList.Launch launch) {
        TensorType type = launch.instruction().inputs().getFirst().type();
        options.printer().accept(print.label() + ": " + Numbers.text(copy(launch.inputs()[0], type), type));
    }

    /** A look at device memory; valid until the next call. */
    private MemorySegment copy(long address, TensorType type) {
        if (window.byteSize() < type.bytes()) {
            window = Arena.ofAuto().allocate(type.bytes(), 64);
        }
        MemorySegment host = window.asSlice(0, type.bytes());
        accelerator.copyToHost(queue, address, host);
        queue.synchronize();
        return host;
    }

    /**
     * What a program reported.
     *
     * @param training false for a validation
     */
    private StepResult result(String program, boolean training, int microBatches) {
        DType dtype = compilation.options().scalarType();
        Map<String, Double> logged = new HashMap<>();
        for (Slot slot : compilation.program(program).schedule().program().slots()) {
            if (slot.kind() == Slot.Kind.METRIC && slot.name().startsWith(Metrics.LOG)) {
                int parts = collectives == null ? microBatches : 1; // ranks divide by weight, in the program
                logged.put(slot.name().substring(Metrics.LOG.length()), staging.readScalar(slot) / parts);
            }
        }
        double loss = staging.readScalar(Metrics.loss(dtype));
        double weight = staging.readScalar(Metrics.weight(dtype));
        double norm = training ? staging.readScalar(Metrics.gradientNorm(dtype)) : Double.NaN;
        boolean finite = training ? staging.readScalar(Metrics.finite()) != 0 : Double.isFinite(loss);
        Communication communication = collectives == null
                ? Communication.none()
                : collectives.traffic().take();
        return new StepResult(loss, weight, norm, finite, logged, communication);
    }

    // Faults --------------------------------------------------------------------------------------------------------

    /**
     * Runs a step that wrote nothing once more, looking at every result, and says where the first number that is not
     * finite came from. The state stays as it is, because the step writes nothing again.
     */
    public Optional<NonFinite> findNonFinite(long step, double learningRate, long seed, List<HostBatch> batches) {
        return findNonFinite(step, learningRate, seed, batches, lastScale);
    }

    /** The same with the scale that the step had. */
    public Optional<NonFinite> findNonFinite(
            long step, double learningRate, long seed, List<HostBatch> batches, StepScale scale) {
        NonFiniteSearch search = new NonFiniteSearch(this::copy);
        for (StateEntry entry : StateMap.persistent(compilation)) {
            search.state(entry, staging.address(entry.slot()) + entry.offsetBytes());
        }
        batches.forEach(batch -> search.batch(batch, compilation.slots()));
        train(step, learningRate, seed, batches, scale, search::launched);
        return search.found();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (failed && options.team() != null && !Retreat.of(options.team(), accelerator)) {
            return; // a peer may still work in this memory: it stays until the process ends
        }
        programs.values().forEach(LaunchList::close);
        staging.close();
        temporaries.close();
        resident.close();
    }
}
