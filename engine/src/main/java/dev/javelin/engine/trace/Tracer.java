package dev.javelin.engine.trace;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Loss;
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
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;

/** Runs model code to write its program. */
public final class Tracer {
    private final ModelPaths paths;

    public Tracer(ModelPaths paths) {
        this.paths = paths;
    }

    /** The training step: forward and backward, with a gradient for every trainable parameter that the loss depends on. */
    public Traced training(TrainingModule module, Signature signature) {
        ProgramBuilder builder = new ProgramBuilder(paths, true);
        Loss loss = required(module.trainingStep(step(builder, signature)));
        SequencedMap<String, Tensor> wanted = trainable(builder);
        SequencedMap<String, Tensor> gradients = new Differentiation(builder).of(loss.sum(), wanted);
        return traced("train", builder, loss, gradients);
    }

    /** The validation step: forward alone. */
    public Traced validation(TrainingModule module, Signature signature) {
        ProgramBuilder builder = new ProgramBuilder(paths, false);
        Loss loss = required(module.validationStep(step(builder, signature)));
        return traced("validate", builder, loss, new LinkedHashMap<>());
    }

    /**
     * Any computation on a batch; the result goes to the metric slot {@code name}. Several such programs share parameters
     * and state, but each has fields of its own, in slots {@code name/field}.
     */
    public Program inference(String name, Function<Step, Tensor> body, Signature signature) {
        ProgramBuilder builder = ProgramBuilder.inference(paths);
        Tensor result = body.apply(new StepTracer(builder, signature, weights(signature), name));
        Program bare = builder.build(name);
        Value value = builder.value(result);
        return new Program(
                name,
                bare.inputs(),
                bare.instructions(),
                List.of(new Program.Output(value, new Slot(Slot.Kind.METRIC, name, value.type()))));
    }

    private Step step(ProgramBuilder builder, Signature signature) {
        return new StepTracer(builder, signature, weights(signature), "");
    }

    private TensorType weights(Signature signature) {
        return TensorType.of(paths.dtype(), signature.rows());
    }

    private SequencedMap<String, Tensor> trainable(ProgramBuilder builder) {
        SequencedMap<String, Tensor> wanted = new LinkedHashMap<>();
        paths.parameters().forEach((path, parameter) -> {
            if (parameter.trainable()) {
                wanted.put(path, builder.parameter(parameter));
            }
        });
        return wanted;
    }

    private Loss required(Loss loss) {
        for (Tensor part : List.of(loss.sum(), loss.weight())) {
            if (part.dtype() != paths.dtype()) {
                throw new JavelinException(
                        "JVL-API-0025",
                        "the loss is " + part.type() + " in a run that computes in "
                                + paths.dtype().label(),
                        "let loss and weight have the dtype of the parameters");
            }
        }
        return loss;
    }

    private Traced traced(String name, ProgramBuilder builder, Loss loss, SequencedMap<String, Tensor> gradients) {
        SequencedMap<String, Value> values = new LinkedHashMap<>();
        gradients.forEach((path, gradient) -> values.put(path, builder.value(gradient)));
        return new Traced(builder.build(name), builder.value(loss.sum()), builder.value(loss.weight()), values);
    }
}
