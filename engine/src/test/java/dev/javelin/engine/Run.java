package dev.javelin.engine;

import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import dev.javelin.engine.trace.Signature;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Strategy;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** A module compiled for the CPU and opened there, with its temporaries poisoned. */
public final class Run implements AutoCloseable {
    private final Compilation compilation;
    private final Accelerator accelerator;
    private final Session session;

    private Run(Compilation compilation, Accelerator accelerator, SessionOptions options) {
        this.compilation = compilation;
        this.accelerator = accelerator;
        session = Session.open(compilation, accelerator, options.withPoison(true));
    }

    /** Opens a module with its parameters from seed 7. */
    public static Run open(TrainingModule module, CompileOptions options, String... device) {
        return open(module, options, SessionOptions.standard(), device);
    }

    public static Run open(
            TrainingModule module, CompileOptions options, SessionOptions sessionOptions, String... device) {
        return open(module, options, Fixtures.HALVES, sessionOptions, device);
    }

    /** The same under another strategy. */
    public static Run open(TrainingModule module, CompileOptions options, Strategy strategy, String... device) {
        return open(module, options, strategy, SessionOptions.standard(), device);
    }

    private static Run open(
            TrainingModule module,
            CompileOptions options,
            Strategy strategy,
            SessionOptions sessionOptions,
            String... device) {
        Compilation compilation = Compilation.compile(module, options, strategy, Fixtures.planner(device));
        Run run = new Run(compilation, Fixtures.device(device), sessionOptions);
        run.session.initialize(7);
        return run;
    }

    public Compilation compilation() {
        return compilation;
    }

    public Accelerator accelerator() {
        return accelerator;
    }

    public Session session() {
        return session;
    }

    /** The form of batches with these fields, whose first dim counts rows. */
    public static Signature signature(long rows, Map<String, Array> fields) {
        SequencedMap<String, TensorType> types = new LinkedHashMap<>();
        fields.forEach((name, array) -> types.put(name, array.type()));
        return new Signature(rows, types);
    }

    /** A full batch of these fields. */
    public static HostBatch batch(long rows, Map<String, Array> fields) {
        Map<String, MemorySegment> memory = new LinkedHashMap<>();
        fields.forEach((name, array) -> memory.put(name, array.memory()));
        return new HostBatch(memory, rows, 0);
    }

    public double[] parameter(String path) {
        return Fixtures.values(session, entry(StateMap.persistent(compilation), path, StateEntry.PARAM));
    }

    public void setParameter(String path, double... values) {
        StateEntry entry = entry(StateMap.persistent(compilation), path, StateEntry.PARAM);
        session.write(
                entry,
                Array.of(entry.type().dtype(), entry.type().shape(), values).memory());
    }

    /** The sum of the gradients over the step's rows, as kept after the step. */
    public double[] gradient(String path) {
        return Fixtures.values(session, entry(StateMap.gradients(compilation), path, StateEntry.GRADIENT));
    }

    private static StateEntry entry(List<StateEntry> entries, String path, String kind) {
        return entries.stream()
                .filter(entry -> entry.path().equals(path) && entry.kind().equals(kind))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " of " + path));
    }

    @Override
    public void close() {
        session.close();
        accelerator.close();
    }
}
