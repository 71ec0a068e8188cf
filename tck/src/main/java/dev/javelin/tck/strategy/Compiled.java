package dev.javelin.tck.strategy;

import dev.javelin.api.DType;
import dev.javelin.api.Initializer;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.trace.Signature;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.strategy.Mesh;
import dev.javelin.spi.strategy.Strategy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Models that the engine compiles by a strategy's plan. */
enum Compiled {
    /** A small GPT. */
    GPT("gpt:layers=2,width=16,heads=2,vocab=11,block=8"),
    /** Its head is its token embedding: one parameter, used twice. */
    TIED("gpt:layers=2,width=16,heads=2,vocab=11,block=8,tied=true"),
    /** A layer whose weight is not trained. */
    FROZEN("");

    private static final long ROWS = 3;
    private static final long BLOCK = 8;

    private final String spec;

    Compiled(String spec) {
        this.spec = spec;
    }

    /** Compiles it; empty if the strategy refuses the mesh as it may. What the engine finds wrong is thrown. */
    Optional<Compilation> by(StrategySubject subject, Strategy strategy, int ranks, int accumulation) {
        AdamW optimizer = new AdamW(0.9, 0.95, 1e-8, 0.1, true);
        CompileOptions options = CompileOptions.training(DType.FLOAT32, signature(), ParameterGroup.all(optimizer))
                .withAccumulation(accumulation)
                .withMesh(Mesh.of(Map.of("data", ranks)));
        try {
            return Optional.of(Compilation.compile(module(), options, strategy, subject.planner()));
        } catch (JavelinException refused) {
            if (refused.code().equals("JVL-STR-0010")) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private TrainingModule module() {
        return spec.isEmpty() ? new Module(new Frozen()) : ModelSpec.parse(spec).module();
    }

    private Signature signature() {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        if (spec.isEmpty()) {
            fields.put("x", TensorType.of(DType.FLOAT32, ROWS, BLOCK));
        } else {
            fields.put("tokens", TensorType.of(DType.INT32, ROWS, BLOCK));
            fields.put("targets", TensorType.of(DType.INT32, ROWS, BLOCK));
        }
        return new Signature(ROWS, fields);
    }

    /** x · weightᵀ + bias, squared. */
    private static final class Frozen extends Layer {
        private final Parameter weight = frozenParameter("weight", Shape.of(BLOCK, BLOCK), Initializer.normal(0.02));
        private final Parameter bias = parameter("bias", Shape.of(BLOCK), Initializer.normal(0.02));

        @Override
        protected Tensor forward(Tensor x) { // [B, E]
            return x.linear(weight.on(x), bias.on(x)); // [B, E]
        }
    }

    private record Module(Frozen model) implements TrainingModule {
        @Override
        public Loss trainingStep(Step step) {
            Tensor y = model.apply(step.input("x")); // [B, E]
            return Loss.ofRows(step, y.multiply(y).sum(1));
        }
    }
}
