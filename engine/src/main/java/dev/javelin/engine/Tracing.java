package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.trace.Signature;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Unit;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.function.Function;

/**
 * Evaluates layers on arrays: for unit tests and for looking at what a layer computes. Parameters have their first
 * values under the given seed.
 */
public final class Tracing {
    private final AcceleratorProvider provider;
    private final long seed;

    /** The output of a layer for one input, on the CPU accelerator of the module path, with parameters from seed 1. */
    public static Array run(Layer layer, Array input) {
        return new Tracing(cpu(), 1).evaluate(layer, Map.of("input", input), step -> layer.apply(step.input("input")));
    }

    /** The same for a layer that is called with several inputs. */
    public static Array run(Layer layer, Map<String, Array> inputs, Function<Step, Tensor> body) {
        return new Tracing(cpu(), 1).evaluate(layer, inputs, body);
    }

    private static AcceleratorProvider cpu() {
        return ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("cpu"))
                .findFirst()
                .orElseThrow(() -> new JavelinException(
                        "JVL-PLG-0001",
                        "there is no accelerator 'cpu'",
                        "put javelin-accelerator-cpu on the module path and start with --add-modules"
                                + " dev.javelin.accelerator.cpu"));
    }

    /** Evaluates on this kind of device, with parameters initialised from this seed. */
    public Tracing(AcceleratorProvider provider, long seed) {
        this.provider = provider;
        this.seed = seed;
    }

    /**
     * The outputs of a layer for inputs that need not be its own signature: {@code body} says how the layer is called.
     */
    public Array evaluate(Layer layer, Map<String, Array> inputs, Function<Step, Tensor> body) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        inputs.forEach((name, array) -> fields.put(name, array.type()));
        CompileOptions options = CompileOptions.inference(
                inputs.values().stream()
                        .map(array -> array.type().dtype())
                        .filter(DType::floating)
                        .findFirst()
                        .orElse(DType.FLOAT32),
                new CompileOptions.Inference("result", body, new Signature(1, fields)));
        Options none = Options.none("accelerator." + provider.name());
        Compilation compilation = Compilation.compile(new Only(layer), options, Tracing::whole, provider.planner(none));
        try (Accelerator accelerator = provider.open(none);
                Session session = Session.open(compilation, accelerator, SessionOptions.standard())) {
            session.initialize(seed);
            Array result = Array.zeros(session.inferenceType());
            Map<String, MemorySegment> memory = new LinkedHashMap<>();
            inputs.forEach((name, array) -> memory.put(name, array.memory()));
            session.infer(new HostBatch(memory, 1, 0), result.memory());
            return result;
        }
    }

    private static ParallelPlan whole(
            dev.javelin.spi.strategy.ModelInventory model, dev.javelin.spi.strategy.PlanContext context) {
        List<String> paths = model.parameters().stream().map(p -> p.path()).toList();
        return ParallelPlan.of(paths.isEmpty() ? List.of() : List.of(new Unit("all", paths)));
    }

    /** A layer without a loss. */
    private record Only(Layer model) implements TrainingModule {
        @Override
        public Loss trainingStep(Step step) {
            throw new IllegalStateException("a layer that is only evaluated has no loss");
        }
    }
}
