package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.trace.Signature;
import dev.javelin.spi.strategy.Mesh;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What to compile. Start from {@link #of}, {@link #training} or {@link #inference}.
 *
 * @param precision the element types
 * @param train form of a training micro-batch; null for no training
 * @param accumulation micro-batches of a step
 * @param validate form of a validation batch; null for none
 * @param inferences computations to run on batches, each with a name of its own; they share parameters and state
 * @param averaging whether averages of the weights are kept, and which weights are validated
 * @param keepGradients whether gradients can be read after a step
 * @param mesh the ranks; the forms of batches are those of one rank's share
 */
public record CompileOptions(
        PrecisionPlan precision,
        @Nullable Signature train,
        int accumulation,
        @Nullable Signature validate,
        List<Inference> inferences,
        List<ParameterGroup> groups,
        Clipping clipping,
        Averaging averaging,
        boolean keepGradients,
        Mesh mesh) {

    /** A computation on a batch, its form and the name of its result, which is that of its program too. */
    public record Inference(String name, Function<Step, Tensor> body, Signature signature) {}

    public CompileOptions {
        groups = List.copyOf(groups);
        inferences = List.copyOf(inferences);
        long names = inferences.stream().map(Inference::name).distinct().count();
        if (names < inferences.size()) {
            throw new IllegalArgumentException("two computations of one name among "
                    + inferences.stream().map(Inference::name).toList());
        }
    }

    /** Training on batches of this form with everything of one type, one micro-batch a step, without clipping. */
    public static CompileOptions training(DType dtype, Signature signature, List<ParameterGroup> groups) {
        return training(PrecisionPlan.all(dtype), signature, groups);
    }

    /** The same with these types. */
    public static CompileOptions training(PrecisionPlan precision, Signature signature, List<ParameterGroup> groups) {
        return new CompileOptions(
                precision,
                signature,
                1,
                null,
                List.of(),
                groups,
                Clipping.none(),
                Averaging.none(),
                false,
                Mesh.single());
    }

    /**
     * What a trainer with these options compiles: the training step, and validation if there is data for it.
     *
     * @param train fields of the training data
     * @param validation fields of the validation data; null for none
     * @param ranks number of ranks that a micro-batch is dealt over
     */
    public static CompileOptions of(
            TrainerOptions options, List<Dataset.Field> train, @Nullable List<Dataset.Field> validation, int ranks) {
        long rows = Share.most(options.microBatch(), ranks);
        CompileOptions step = training(options.types(), Signature.of(rows, train), options.optimizer())
                .withAccumulation(options.accumulation())
                .withClipping(options.clipping())
                .withAveraging(options.averaging())
                .withMesh(Mesh.data(ranks));
        return validation == null ? step : step.withValidation(Signature.of(rows, validation));
    }

    /** Computations alone, without training, with everything of one type. */
    public static CompileOptions inference(DType dtype, Inference... computations) {
        return inference(PrecisionPlan.all(dtype), computations);
    }

    /** The same with these types. */
    public static CompileOptions inference(PrecisionPlan precision, Inference... computations) {
        return new CompileOptions(
                precision,
                null,
                1,
                null,
                List.of(computations),
                List.of(),
                Clipping.none(),
                Averaging.none(),
                false,
                Mesh.single());
    }

    public CompileOptions withAccumulation(int count) {
        return new CompileOptions(
                precision, train, count, validate, inferences, groups, clipping, averaging, keepGradients, mesh);
    }

    public CompileOptions withValidation(Signature signature) {
        return new CompileOptions(
                precision,
                train,
                accumulation,
                signature,
                inferences,
                groups,
                clipping,
                averaging,
                keepGradients,
                mesh);
    }

    /** With one more computation. */
    public CompileOptions withInference(Inference computation) {
        List<Inference> all = new ArrayList<>(inferences);
        all.add(computation);
        return new CompileOptions(
                precision, train, accumulation, validate, all, groups, clipping, averaging, keepGradients, mesh);
    }

    public CompileOptions withClipping(Clipping limits) {
        return new CompileOptions(
                precision, train, accumulation, validate, inferences, groups, limits, averaging, keepGradients, mesh);
    }

    /** With averages of the weights beside them. */
    public CompileOptions withAveraging(Averaging averages) {
        return new CompileOptions(
                precision, train, accumulation, validate, inferences, groups, clipping, averages, keepGradients, mesh);
    }

    public CompileOptions withKeepGradients(boolean keep) {
        return new CompileOptions(
                precision, train, accumulation, validate, inferences, groups, clipping, averaging, keep, mesh);
    }

    /** Spread over these ranks. */
    public CompileOptions withMesh(Mesh ranks) {
        return new CompileOptions(
                precision,
                train,
                accumulation,
                validate,
                inferences,
                groups,
                clipping,
                averaging,
                keepGradients,
                ranks);
    }

    /** The type of the parameters, as model code and checkpoints have them. */
    public DType dtype() {
        return precision.master();
    }

    /** The type of losses, norms and other scalars. */
    public DType scalarType() {
        return precision.master().wide();
    }

    /** With other types, of the same parameters. */
    public CompileOptions withPrecision(PrecisionPlan types) {
        return new CompileOptions(
                types, train, accumulation, validate, inferences, groups, clipping, averaging, keepGradients, mesh);
    }

    Optional<Signature> training() {
        return Optional.ofNullable(train);
    }
}
