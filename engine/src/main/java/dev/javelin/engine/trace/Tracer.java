package dev.javelin.engine.trace;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.differentiate.Differentiation;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Rewriting;
import dev.javelin.engine.program.Scalars;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;

/** Runs model code to write its program. */
public final class Tracer {
    private final ModelPaths paths;
    private final PrecisionPlan precision;

    /** For model code that computes in the type of the parameters. */
    public Tracer(ModelPaths paths) {
        this(paths, PrecisionPlan.all(paths.dtype()));
    }

    /**
     * @param precision where products take another type than the parameters have, {@link Autocast} converts for them
     */
    public Tracer(ModelPaths paths, PrecisionPlan precision) {
        this.paths = paths;
        this.precision = precision;
    }

    /** The training step: forward and backward, with a gradient for every trainable parameter that the loss depends on. */
    public Traced training(TrainingModule module, Signature signature) {
        ProgramBuilder written = new ProgramBuilder(paths, true);
        Forward forward = forward(written, required(module.trainingStep(step(written, signature))));
        ProgramBuilder builder = forward.builder();
        SequencedMap<String, Tensor> wanted = trainable(builder);
        Differentiation differentiation = precision.scaling().active()
                ? new Differentiation(builder, Scalars.lossSeed(paths.dtype().wide()))
                : new Differentiation(builder);
        return traced(
                "train",
                builder,
                forward.loss(),
                differentiation.of(forward.loss().sum(), wanted));
    }

    /** The validation step: forward alone. */
    public Traced validation(TrainingModule module, Signature signature) {
        ProgramBuilder written = new ProgramBuilder(paths, false);
        Forward forward = forward(written, required(module.validationStep(step(written, signature))));
        return traced("validate", forward.builder(), forward.loss(), new LinkedHashMap<>());
    }

    /** A forward pass with the conversions of its precision. */
    private record Forward(ProgramBuilder builder, Loss loss) {}

    private Forward forward(ProgramBuilder written, Loss loss) {
        if (!precision.mixed()) {
            return new Forward(written, wide(loss));
        }
        ProgramBuilder target = new ProgramBuilder(paths, written.training());
        Rewriting cast = Autocast.rewrite(written.build(""), target, precision.compute());
        return new Forward(
                target,
                wide(new Loss(cast.tensor(written.value(loss.sum())), cast.tensor(written.value(loss.weight())))));
    }

    private static Loss wide(Loss loss) {
        DType wide = loss.sum().dtype().wide();
        return new Loss(loss.sum().cast(wide), loss.weight().cast(wide));
    }

    /**
     * Any computation on a batch; the result goes to the metric slot {@code name}, in 32 bits if it has 16. Several such programs share parameters
     * and state, but each has fields of its own, in slots {@code name/field}.
     */
    public Program inference(String name, Function<Step, Tensor> body, Signature signature) {
        ProgramBuilder written = ProgramBuilder.inference(paths);
        Tensor own = body.apply(new StepTracer(written, signature, weights(signature), name));
        ProgramBuilder builder = precision.mixed() ? ProgramBuilder.inference(paths) : written;
        Tensor cast = precision.mixed()
                ? Autocast.rewrite(written.build(""), builder, precision.compute())
                        .tensor(written.value(own))
                : own;
        Tensor result = cast.cast(cast.dtype().wide());
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
            if (part.dtype() != paths.dtype() && part.dtype() != paths.dtype().wide()) {
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
