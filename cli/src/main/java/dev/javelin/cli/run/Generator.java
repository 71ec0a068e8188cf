package dev.javelin.cli.run;

import dev.javelin.api.DType;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.Precision;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.trace.Signature;
import dev.javelin.engine.train.Restoring;
import dev.javelin.models.LanguageModel;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Strategy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.IntConsumer;

/**
 * Text from a trained language model, token by token. One program of fixed length runs for each token: what lies behind the last
 * token does not matter to it. Lengths are powers of two up to the model's block, so that a short text costs little;
 * once the block is full, it moves on with the text.
 */
public final class Generator implements AutoCloseable {
    private static final int SHORTEST = 32;

    private final LanguageModelSpec spec;
    private final int context;
    private final Precision precision;
    private final Strategy strategy;
    private final Accelerator accelerator;
    private final Checkpoint checkpoint;
    private final Arena arena = Arena.ofConfined();
    private Window window;

    /** A program of one length, in memory, with the weights. */
    private record Window(int positions, Session session, MemorySegment tokens, MemorySegment row) {}

    /**
     * Makes a generator; accelerator and checkpoint belong to the caller.
     *
     * @param context how many of the last tokens the model looks at, at most its block
     */
    public Generator(
            LanguageModelSpec spec,
            long context,
            Precision precision,
            Strategy strategy,
            Accelerator accelerator,
            Checkpoint checkpoint) {
        this.spec = spec;
        this.context = (int) Math.min(context, spec.block());
        this.precision = precision;
        this.strategy = strategy;
        this.accelerator = accelerator;
        this.checkpoint = checkpoint;
        this.window = open(Math.min(SHORTEST, this.context));
    }

    /**
     * Continues a text.
     *
     * @param prompt tokens to begin with, one or more
     * @param choices tokens from 0 to below this may be chosen
     * @param count tokens to add
     * @param listener hears of each new token at once
     */
    public void generate(int[] prompt, int choices, int count, Sampling sampling, IntConsumer listener) {
        List<Integer> text = new ArrayList<>();
        for (int token : prompt) {
            text.add(token);
        }
        MemorySegment logits = arena.allocate(window.session.inferenceType().bytes(), 64);
        for (int i = 0; i < count; i++) {
            int next = sampling.choose(logits(text, choices, logits), text.size());
            text.add(next);
            listener.accept(next);
        }
    }

    private double[] logits(List<Integer> text, int choices, MemorySegment target) {
        int length = Math.min(text.size(), context);
        if (length > window.positions) {
            window.session.close();
            window = open(Math.min(context, Integer.highestOneBit(2 * length - 1)));
        }
        int first = text.size() - length;
        window.tokens.fill((byte) 0);
        for (int i = 0; i < length; i++) {
            window.tokens.setAtIndex(ValueLayout.JAVA_INT, i, text.get(first + i));
        }
        window.row.set(ValueLayout.JAVA_INT, 0, length - 1);
        window.session.infer(new HostBatch(Map.of("tokens", window.tokens, "row", window.row), 1, 0), target);
        double[] logits = new double[choices];
        for (int i = 0; i < choices; i++) {
            logits[i] = Numbers.get(target, precision.compute(), i);
        }
        return logits;
    }

    private Window open(int positions) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("tokens", TensorType.of(DType.INT32, 1, positions));
        fields.put("row", TensorType.of(DType.INT32, 1));
        LanguageModel model = spec.model();
        CompileOptions options = CompileOptions.inference(
                precision.compute(),
                new CompileOptions.Inference(
                        "logits",
                        step -> model.logitsAt(step.input("tokens"), step.input("row")),
                        new Signature(1, fields)));
        Compilation compilation = Compilation.compile(new Untrained(model), options, strategy, accelerator.planner());
        Session session = Session.open(compilation, accelerator, SessionOptions.standard());
        try {
            Restoring.parameters(checkpoint, session);
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
        return new Window(positions, session, arena.allocate(4L * positions, 64), arena.allocate(4, 64));
    }

    @Override
    public void close() {
        window.session.close();
        arena.close();
    }

    /** A model that is only asked for logits. */
    private record Untrained(LanguageModel model) implements TrainingModule {
        @Override
        public Loss trainingStep(Step step) {
            Tensor logits = model.apply(step.input("tokens"));
            return logits.crossEntropy(step.input("targets"), -1);
        }
    }
}
