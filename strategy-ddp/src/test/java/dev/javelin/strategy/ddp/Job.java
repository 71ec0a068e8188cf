package dev.javelin.strategy.ddp;

import dev.javelin.accelerator.cpu.CpuProvider;
import dev.javelin.api.DType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.Communication;
import dev.javelin.communicator.local.LocalProvider;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Share;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import dev.javelin.engine.run.StepResult;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.trace.Signature;
import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.Mesh;
import dev.javelin.spi.strategy.Strategy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A small training of several ranks in this JVM, over the communicator {@code local}. Start from {@link #of}.
 *
 * @param rows of a micro-batch, over all ranks
 * @param threads of each rank
 */
record Job(
        TrainingModule module,
        Signatures signatures,
        DType dtype,
        Strategy strategy,
        List<ParameterGroup> groups,
        double learningRate,
        int ranks,
        int threads,
        int accumulation,
        long rows,
        int steps) {

    /** The form of a batch of so many rows. */
    interface Signatures {
        Signature of(long rows);
    }

    /** The rows of a micro-batch, of all ranks; steps count from 1. */
    interface Data {
        HostBatch batch(int step, int micro);
    }

    /**
     * What a rank has behind a step.
     *
     * @param state parameters and optimizer slots, by path and kind, and states of fragments by their slots' names
     * @param gradients as the update took them
     */
    record After(StepResult result, Map<String, double[]> state, Map<String, double[]> gradients) {
        Communication sent() {
            return result.communication();
        }
    }

    /** One rank, one thread, 4 rows, 3 steps of plain SGD with rate 1 in FLOAT64. */
    static Job of(TrainingModule module, Signatures signatures) {
        return new Job(
                module, signatures, DType.FLOAT64, ddp(), ParameterGroup.all(new Sgd(0, 0, false)), 1, 1, 1, 1, 4, 3);
    }

    static Job of(Slopes slopes) {
        return of(slopes, rows -> slopes.signature(rows, DType.FLOAT64));
    }

    static Strategy ddp(String... options) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            values.put(options[i], options[i + 1]);
        }
        return new DdpProvider().strategy(new Options("strategy.ddp", values));
    }

    Job with(String... options) {
        return with(ddp(options));
    }

    Job with(Strategy other) {
        return new Job(
                module, signatures, dtype, other, groups, learningRate, ranks, threads, accumulation, rows, steps);
    }

    Job withDType(DType other) {
        return new Job(
                module, signatures, other, strategy, groups, learningRate, ranks, threads, accumulation, rows, steps);
    }

    Job withOptimizer(Optimizer optimizer, double rate) {
        return withGroups(ParameterGroup.all(optimizer), rate);
    }

    Job withGroups(List<ParameterGroup> others, double rate) {
        return new Job(module, signatures, dtype, strategy, others, rate, ranks, threads, accumulation, rows, steps);
    }

    Job withRanks(int count) {
        return new Job(
                module, signatures, dtype, strategy, groups, learningRate, count, threads, accumulation, rows, steps);
    }

    Job withThreads(int count) {
        return new Job(
                module, signatures, dtype, strategy, groups, learningRate, ranks, count, accumulation, rows, steps);
    }

    Job withAccumulation(int count) {
        return new Job(module, signatures, dtype, strategy, groups, learningRate, ranks, threads, count, rows, steps);
    }

    Job withRows(long count) {
        return new Job(
                module, signatures, dtype, strategy, groups, learningRate, ranks, threads, accumulation, count, steps);
    }

    Job withSteps(int count) {
        return new Job(
                module, signatures, dtype, strategy, groups, learningRate, ranks, threads, accumulation, rows, count);
    }

    // Running -------------------------------------------------------------------------------------------------------

    Compilation compile() {
        CompileOptions options = CompileOptions.training(dtype, signatures.of(Share.most(rows, ranks)), groups)
                .withAccumulation(accumulation)
                .withKeepGradients(true)
                .withMesh(Mesh.data(ranks));
        return Compilation.compile(module, options, strategy, cpu().planner(device()));
    }

    /** All steps of all ranks, from seed 7; the results in order of ranks, then of steps. */
    List<List<After>> run(Data data) {
        Compilation compilation = compile();
        try (World world = Worlds.threads(ranks, WorldOptions.standard())) {
            return world.run(member -> {
                try (Communicator communicator = local().join(member, Options.none("communicator.local"))) {
                    SessionOptions options = SessionOptions.standard().withPoison(true);
                    return steps(
                            compilation,
                            ranks == 1 ? options : options.withTeam(new Team(member, communicator)),
                            member.rank(),
                            data);
                }
            });
        }
    }

    private List<After> steps(Compilation compilation, SessionOptions options, int rank, Data data) {
        try (Accelerator device = cpu().open(device());
                Session session = Session.open(compilation, device, options)) {
            session.initialize(7);
            List<After> all = new ArrayList<>();
            for (int step = 1; step <= steps; step++) {
                List<HostBatch> batches = new ArrayList<>();
                for (int micro = 0; micro < accumulation; micro++) {
                    batches.add(share(data.batch(step, micro), rank));
                }
                StepResult result = session.train(step, learningRate, 7, batches);
                all.add(new After(result, state(session), values(session, StateMap.gradients(compilation), false)));
            }
            return all;
        }
    }

    private HostBatch share(HostBatch whole, int rank) {
        Share share = Share.of(whole.rows(), rank, ranks);
        Map<String, MemorySegment> fields = new HashMap<>();
        whole.fields().forEach((name, memory) -> {
            long row = memory.byteSize() / rows;
            MemorySegment part = Arena.ofAuto().allocate(Share.most(rows, ranks) * row, 64);
            part.fill(name.equals("targets") ? (byte) -1 : 0);
            part.copyFrom(memory.asSlice(share.first() * row, share.rows() * row));
            fields.put(name, part);
        });
        return new HostBatch(fields, share.rows(), share.first());
    }

    private Options device() {
        return new Options(
                "accelerator.cpu", Map.of("threads", Integer.toString(threads), "cacheFolder", "target/natives"));
    }

    /** By class: where this module is tested, the plugins lie on the class path, where ServiceLoader does not look. */
    private static AcceleratorProvider cpu() {
        return new CpuProvider();
    }

    private static CommunicatorProvider local() {
        return new LocalProvider();
    }

    // State ---------------------------------------------------------------------------------------------------------

    private static Map<String, double[]> state(Session session) {
        Map<String, double[]> all = values(session, StateMap.persistent(session.compilation()), true);
        for (Slot slot : session.compilation().slots().offsets().keySet()) {
            if (slot.kind() == Slot.Kind.FRAGMENT) {
                all.put(slot.name(), values(session, new StateEntry(slot.name(), "state", slot.type(), slot, 0)));
            }
        }
        return all;
    }

    private static Map<String, double[]> values(Session session, List<StateEntry> entries, boolean kinds) {
        Map<String, double[]> all = new TreeMap<>();
        entries.forEach(
                entry -> all.put(kinds ? entry.path() + ":" + entry.kind() : entry.path(), values(session, entry)));
        return all;
    }

    private static double[] values(Session session, StateEntry entry) {
        Array array = Array.zeros(entry.type());
        session.read(entry, array.memory());
        return array.toDoubles();
    }
}
