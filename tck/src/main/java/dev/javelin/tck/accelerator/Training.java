package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import dev.javelin.engine.trace.Signature;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ModelInventory.ParameterInfo;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Unit;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;

/** A few steps of a small model, with clipping and two micro-batches each. */
enum Training {
    GPT("gpt:layers=2,width=24,heads=2,vocab=37,block=12"),
    LLAMA("llama:layers=2,width=24,heads=4,kvHeads=2,vocab=37,block=12");

    private static final int STEPS = 3;
    private static final int ROWS = 3;
    private static final int BLOCK = 12;
    private static final int VOCAB = 37;
    private static final int MICRO = 2;
    private static final double RATE = 1e-2;
    /** So large that the update is a smooth function of the gradient. */
    private static final double EPSILON = 1e-2;

    private final String spec;

    Training(String spec) {
        this.spec = spec;
    }

    /**
     * What came of it.
     *
     * @param weights as they lie in memory, parameter after parameter
     */
    record Run(List<Double> losses, DType dtype, byte[] weights, long predictedPeakBytes) {

        /** max |w − truth| / max |truth|. */
        double distance(Run truth) {
            Value mine = values();
            Value theirs = truth.values();
            double largest = theirs.largest();
            double worst = 0;
            for (long i = 0; i < mine.type().elements(); i++) {
                double error = Math.abs(mine.at(i) - theirs.at(i));
                worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
            }
            return worst / largest;
        }

        private Value values() {
            return new Value(TensorType.of(dtype, weights.length / dtype.bytes()), weights);
        }
    }

    /** Trains on a device, from weights that FLOAT32 holds exactly. */
    Run on(Accelerator device, DType dtype, boolean poison) {
        Compilation compilation =
                Compilation.compile(ModelSpec.parse(spec).module(), options(dtype), Training::plan, device.planner());
        SessionOptions options = SessionOptions.standard().withPoison(poison);
        try (Session session = Session.open(compilation, device, options)) {
            Random random = new Random(3);
            for (StateEntry entry : parameters(compilation)) {
                session.write(entry, initial(random, entry.type()));
            }
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                List<HostBatch> batches = new ArrayList<>();
                for (int micro = 0; micro < MICRO; micro++) {
                    batches.add(batch(random, micro));
                }
                losses.add(session.train(step + 1L, RATE, 1, batches).loss());
            }
            ByteArrayOutputStream weights = new ByteArrayOutputStream();
            for (StateEntry entry : parameters(compilation)) {
                MemorySegment memory = Arena.ofAuto().allocate(entry.type().bytes(), 64);
                session.read(entry, memory);
                weights.writeBytes(memory.toArray(ValueLayout.JAVA_BYTE));
            }
            return new Run(
                    losses, dtype, weights.toByteArray(), compilation.memory().peakBytes());
        }
    }

    /** All parameters in one unit. */
    private static ParallelPlan plan(ModelInventory model, PlanContext context) {
        List<String> paths =
                model.parameters().stream().map(ParameterInfo::path).toList();
        return ParallelPlan.of(List.of(new Unit("all", paths)));
    }

    private static List<StateEntry> parameters(Compilation compilation) {
        return StateMap.persistent(compilation).stream()
                .filter(entry -> entry.kind().equals(StateEntry.PARAM))
                .toList();
    }

    private static MemorySegment initial(Random random, TensorType type) {
        Value narrow = Value.generate(type.withDType(DType.FLOAT32), i -> random.nextGaussian() * 0.2);
        MemorySegment memory = Arena.ofAuto().allocate(type.bytes(), 64);
        MemorySegment.copy(narrow.as(type.dtype()).bytes(), 0, memory, ValueLayout.JAVA_BYTE, 0, (int) type.bytes());
        return memory;
    }

    private static CompileOptions options(DType dtype) {
        TensorType tokens = TensorType.of(DType.INT32, ROWS, BLOCK);
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("tokens", tokens);
        fields.put("targets", tokens);
        AdamW optimizer = new AdamW(0.9, 0.95, EPSILON, 0.1, true);
        return CompileOptions.training(dtype, new Signature(ROWS, fields), ParameterGroup.all(optimizer))
                .withAccumulation(MICRO)
                .withClipping(Clipping.byNorm(1));
    }

    private static HostBatch batch(Random random, int micro) {
        return new HostBatch(Map.of("tokens", tokens(random), "targets", tokens(random)), ROWS, (long) micro * ROWS);
    }

    private static MemorySegment tokens(Random random) {
        MemorySegment memory = Arena.ofAuto().allocate(ROWS * BLOCK * 4L, 64);
        for (int i = 0; i < ROWS * BLOCK; i++) {
            memory.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt(VOCAB));
        }
        return memory;
    }
}
