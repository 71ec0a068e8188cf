package dev.javelin.cli.run;

import dev.javelin.api.DType;
import dev.javelin.api.Layer;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.trace.Signature;
import dev.javelin.engine.train.Restoring;
import dev.javelin.models.MlpSpec;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Strategy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** A trained MLP that predicts, batch by batch: probabilities of classes, or a number. One program of a fixed batch. */
public final class Predictor implements AutoCloseable {
    private final DType dtype;
    private final int batch;
    private final int features;
    private final int outputs;
    private final Arena arena = Arena.ofConfined();
    private final Session session;
    private final MemorySegment input;
    private final MemorySegment output;

    /**
     * Makes a predictor; accelerator and checkpoint belong to the caller.
     *
     * @param batch rows that are predicted at once, at most
     */
    public Predictor(
            MlpSpec spec,
            int batch,
            PrecisionPlan precision,
            Strategy strategy,
            Accelerator accelerator,
            Checkpoint checkpoint) {
        boolean classes = spec.task() == MlpSpec.Task.CLASSIFICATION;
        this.dtype = precision.master().wide();
        this.batch = batch;
        this.features = Math.toIntExact(spec.features());
        this.outputs = classes ? Math.toIntExact(spec.classes()) : 1;
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("features", TensorType.of(dtype, batch, features));
        TrainingModule module = spec.module();
        Layer model = module.model();
        CompileOptions options = CompileOptions.inference(
                precision,
                new CompileOptions.Inference(
                        "predictions",
                        step -> {
                            Tensor scores = model.apply(step.input("features")); // [B, V] or [B, 1]
                            return classes ? scores.softmax() : scores;
                        },
                        new Signature(batch, fields)));
        session = Session.open(
                Compilation.compile(module, options, strategy, accelerator.planner()),
                accelerator,
                SessionOptions.standard());
        try {
            Restoring.parameters(checkpoint, session);
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
        input = arena.allocate((long) batch * features * dtype.bytes(), 64);
        output = arena.allocate(session.inferenceType().bytes(), 64);
    }

    /** Memory for a row's features, of {@link #dtype}. */
    public MemorySegment row(int index) {
        long bytes = (long) features * dtype.bytes();
        return input.asSlice(index * bytes, bytes);
    }

    /** Predicts the first rows; {@link #output} then tells the result. */
    public void predict(int rows) {
        session.infer(new HostBatch(Map.of("features", input), rows, 0), output);
    }

    /** The probability of a class, or for number 0 the predicted number. */
    public double output(int row, int number) {
        return Numbers.get(output, dtype, (long) row * outputs + number);
    }

    public int batch() {
        return batch;
    }

    /** Number of classes, or 1. */
    public int outputs() {
        return outputs;
    }

    public DType dtype() {
        return dtype;
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }
}
