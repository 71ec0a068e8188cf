package dev.javelin.engine.trace;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Loss;
import dev.javelin.api.Parameter;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.engine.differentiate.Differentiation;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Function;

/** Runs model code to write its program. */
public final class Tracer {
    private final ModelPaths paths;

    public Tracer(ModelPaths paths) {
        this.paths = paths;
    }

    /** The training step: forward and backward, with a gradient for every trainable parameter. */
    public Traced training(TrainingModule module, Signature signature) {
        ProgramBuilder builder = new ProgramBuilder(paths, true);
        Loss loss = module.trainingStep(step(builder, signature));
        SequencedMap<String, Tensor> wanted = trainable(builder);
        SequencedMap<String, Tensor> gradients = new Differentiation(builder).of(loss.sum(), wanted);
        return traced("train", builder, loss, gradients);
    }

    /** The validation step: forward alone. */
    public Traced validation(TrainingModule module, Signature signature) {
        ProgramBuilder builder = new ProgramBuilder(paths, false);
        Loss loss = module.validationStep(step(builder, signature));
        return traced("validate", builder, loss, new LinkedHashMap<>());
    }

    /** Any computation on a batch; the result goes to the metric slot {@code result}. */
    public Program inference(String name, Function<Step, Tensor> body, Signature signature) {
        ProgramBuilder builder = new ProgramBuilder(paths, false);
        Tensor result = body.apply(step(builder, signature));
        Program bare = builder.build(name);
        Value value = builder.value(result);
        return new Program(
                name,
                bare.inputs(),
                bare.instructions(),
                java.util.List.of(new Program.Output(value, new Slot(Slot.Kind.METRIC, name, value.type()))));
    }

    private Step step(ProgramBuilder builder, Signature signature) {
        return new StepTracer(builder, signature, TensorType.of(paths.dtype(), signature.rows()));
    }

    private SequencedMap<String, Tensor> trainable(ProgramBuilder builder) {
        Program forward = builder.build("forward");
        SequencedMap<String, Tensor> wanted = new LinkedHashMap<>();
        paths.parameters().forEach((path, parameter) -> {
            if (parameter.trainable()) {
                wanted.put(path, builder.tensor(used(forward, path, parameter)));
            }
        });
        return wanted;
    }

    private static Value used(Program forward, String path, Parameter parameter) {
        return forward.input(Slot.Kind.PARAMETER, path).orElseThrow(() -> unused(path, parameter));
    }

    static JavelinException unused(String path, Parameter parameter) {
        return new JavelinException(
                "JVL-API-0022",
                "parameter " + path + parameter.shape() + " is trainable, but the loss does not depend on it",
                "use it in the training step, or declare it with frozenParameter");
    }

    private Traced traced(String name, ProgramBuilder builder, Loss loss, SequencedMap<String, Tensor> gradients) {
        SequencedMap<String, Value> values = new LinkedHashMap<>();
        gradients.forEach((path, gradient) -> values.put(path, builder.value(gradient)));
        return new Traced(builder.build(name), builder.value(loss.sum()), builder.value(loss.weight()), values);
    }
}
