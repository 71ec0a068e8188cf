package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Schedule;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a run. Start from {@link #standard} and change what you need with the {@code withX} methods.
 *
 * @param batch rows of one optimizer step, over all ranks and micro-batches
 * @param accumulation micro-batches that a step is cut into; divides {@code batch}
 * @param maxSteps total optimizer steps, those before a resume included
 * @param validateEvery steps between validations; 0 validates only at the end
 * @param validationBatches batches of one validation; 0 takes all
 * @param out folder for metrics and checkpoints; null keeps nothing
 * @param resume folder of a run or a checkpoint to go on from; null starts anew
 */
public record TrainerOptions(
        long seed,
        Precision precision,
        long batch,
        int accumulation,
        long maxSteps,
        List<ParameterGroup> optimizer,
        Schedule schedule,
        Clipping clipping,
        long validateEvery,
        long validationBatches,
        CheckpointOptions checkpoints,
        Plugin strategy,
        Plugin accelerator,
        @Nullable Path out,
        @Nullable Path resume,
        List<Callback> callbacks) {

    public TrainerOptions {
        optimizer = List.copyOf(optimizer);
        callbacks = List.copyOf(callbacks);
        require(batch >= 1, "data.batch is " + batch, "use 1 row or more");
        require(
                accumulation >= 1 && batch % accumulation == 0,
                "a batch of " + batch + " rows in " + accumulation + " micro-batches",
                "choose trainer.accumulate so that it divides data.batch");
        require(maxSteps >= 1, "trainer.maxSteps is " + maxSteps, "use 1 step or more");
        require(validateEvery >= 0 && validationBatches >= 0, "negative validation setting", "use 0 or more");
    }

    private static void require(boolean condition, String problem, String remedy) {
        if (!condition) {
            throw new JavelinException("JVL-CFG-0007", problem, remedy);
        }
    }

    /** AdamW at 1e-3 with cosine and warm-up, clipping at norm 1, fp32, one device. */
    public static TrainerOptions standard() {
        return new TrainerOptions(
                1,
                Precision.TRUE_32,
                16,
                1,
                1000,
                ParameterGroup.noDecayForVectors(AdamW.standard()),
                Schedule.cosine(1e-3, 100, 0.1),
                Clipping.byNorm(1),
                0,
                0,
                CheckpointOptions.standard(),
                Plugin.named("single"),
                Plugin.named("cpu"),
                null,
                null,
                List.of());
    }

    /** Rows of one micro-batch. */
    public long microBatch() {
        return batch / accumulation;
    }

    public TrainerOptions withSeed(long seed) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withPrecision(Precision precision) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withBatch(long batch) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withAccumulation(int accumulation) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withMaxSteps(long maxSteps) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withOptimizer(List<ParameterGroup> optimizer) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withSchedule(Schedule schedule) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withClipping(Clipping clipping) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withValidateEvery(long validateEvery) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withValidationBatches(long validationBatches) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withCheckpoints(CheckpointOptions checkpoints) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withStrategy(Plugin strategy) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withAccelerator(Plugin accelerator) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withOut(@Nullable Path out) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withResume(@Nullable Path resume) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }

    public TrainerOptions withCallbacks(List<Callback> callbacks) {
        return new TrainerOptions(
                seed,
                precision,
                batch,
                accumulation,
                maxSteps,
                optimizer,
                schedule,
                clipping,
                validateEvery,
                validationBatches,
                checkpoints,
                strategy,
                accelerator,
                out,
                resume,
                callbacks);
    }
}
