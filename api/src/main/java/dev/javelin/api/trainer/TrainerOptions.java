package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Schedule;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a run. Start from {@link #standard} and change what you need with the {@code withX} methods.
 *
 * @param precision by name
 * @param types of the precision, one by one, with what was changed
 * @param batch rows of one optimizer step, over all ranks and micro-batches
 * @param accumulation micro-batches that a step is cut into; divides {@code batch}
 * @param maxSteps total optimizer steps, those before a resume included
 * @param validateEvery steps between validations; 0 validates only at the end
 * @param validationBatches batches of one validation; 0 takes all
 * @param out folder for metrics and checkpoints; null keeps nothing
 * @param resume folder of a run or a checkpoint to go on from; null starts anew
 * @param init folder of a run or a checkpoint whose weights a new run begins with; null begins with the initializers; of
 *     no matter to a run that goes on
 * @param ranks how many train together, and how they find and watch each other
 * @param monitoring what the run tells about itself
 * @param averaging a running average of the weights, for validation and use
 * @param profiling steps whose time is looked into; null for none
 * @param earlyStopping when the run ends before its last step
 * @param fastDevRun steps to try all of a run's code with, without leaving a file; 0 for a run as it is
 */
public record TrainerOptions(
        long seed,
        Precision precision,
        PrecisionPlan types,
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
        @Nullable Path init,
        List<Callback> callbacks,
        Ranks ranks,
        Monitoring monitoring,
        Averaging averaging,
        @Nullable Profiling profiling,
        EarlyStopping earlyStopping,
        int fastDevRun) {

    public TrainerOptions {
        optimizer = List.copyOf(optimizer);
        callbacks = List.copyOf(callbacks);
        require(batch >= 1, "data.batch is " + batch, "use 1 row or more");
        require(
                accumulation >= 1 && batch % accumulation == 0,
                "a batch of " + batch + " rows in " + accumulation + " micro-batches",
                "choose trainer.accumulate so that it divides data.batch");
        require(fastDevRun >= 0, "a fast-dev-run of " + fastDevRun + " steps", "use 1 or more, or 0 for none");
        require(
                types.compute() == precision.plan().compute()
                        && types.master() == precision.plan().master(),
                "precision " + precision.label() + " with products in " + types.compute() + " of parameters in "
                        + types.master(),
                "choose the precision by withPrecision, and change other types of its plan only");
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
                Precision.TRUE_32.plan(),
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
                null,
                List.of(),
                Ranks.one(),
                Monitoring.standard(),
                Averaging.none(),
                null,
                EarlyStopping.none(),
                0);
    }

    /** Rows of one micro-batch. */
    public long microBatch() {
        return batch / accumulation;
    }

    public TrainerOptions withSeed(long seed) {
        return with(draft -> draft.seed = seed);
    }

    /** With all types of a precision. */
    public TrainerOptions withPrecision(Precision precision) {
        return with(draft -> {
            draft.precision = precision;
            draft.types = precision.plan();
        });
    }

    /** With other types than the precision's for gradients, sums over ranks, optimizer state, or another loss scaling. */
    public TrainerOptions withTypes(PrecisionPlan types) {
        return with(draft -> draft.types = types);
    }

    public TrainerOptions withBatch(long batch) {
        return with(draft -> draft.batch = batch);
    }

    public TrainerOptions withAccumulation(int accumulation) {
        return with(draft -> draft.accumulation = accumulation);
    }

    public TrainerOptions withMaxSteps(long maxSteps) {
        return with(draft -> draft.maxSteps = maxSteps);
    }

    public TrainerOptions withOptimizer(List<ParameterGroup> optimizer) {
        return with(draft -> draft.optimizer = optimizer);
    }

    public TrainerOptions withSchedule(Schedule schedule) {
        return with(draft -> draft.schedule = schedule);
    }

    public TrainerOptions withClipping(Clipping clipping) {
        return with(draft -> draft.clipping = clipping);
    }

    public TrainerOptions withValidateEvery(long validateEvery) {
        return with(draft -> draft.validateEvery = validateEvery);
    }

    public TrainerOptions withValidationBatches(long validationBatches) {
        return with(draft -> draft.validationBatches = validationBatches);
    }

    public TrainerOptions withCheckpoints(CheckpointOptions checkpoints) {
        return with(draft -> draft.checkpoints = checkpoints);
    }

    public TrainerOptions withStrategy(Plugin strategy) {
        return with(draft -> draft.strategy = strategy);
    }

    public TrainerOptions withAccelerator(Plugin accelerator) {
        return with(draft -> draft.accelerator = accelerator);
    }

    public TrainerOptions withOut(@Nullable Path out) {
        return with(draft -> draft.out = out);
    }

    public TrainerOptions withResume(@Nullable Path resume) {
        return with(draft -> draft.resume = resume);
    }

    /** Begins with the weights of a run or a checkpoint, with a new optimizer, from step 1: fine-tuning. */
    public TrainerOptions withInit(@Nullable Path init) {
        return with(draft -> draft.init = init);
    }

    public TrainerOptions withCallbacks(List<Callback> callbacks) {
        return with(draft -> draft.callbacks = callbacks);
    }

    /** Trained by so many ranks together. */
    public TrainerOptions withRanks(Ranks ranks) {
        return with(draft -> draft.ranks = ranks);
    }

    /** With these logs and monitors. */
    public TrainerOptions withMonitoring(Monitoring monitoring) {
        return with(draft -> draft.monitoring = monitoring);
    }

    /** With an average of the weights beside them. */
    public TrainerOptions withAveraging(Averaging averaging) {
        return with(draft -> draft.averaging = averaging);
    }

    /** Looks into the time of some steps; null for none. */
    public TrainerOptions withProfiling(@Nullable Profiling profiling) {
        return with(draft -> draft.profiling = profiling);
    }

    /** Ends when validations stop getting better. */
    public TrainerOptions withEarlyStopping(EarlyStopping earlyStopping) {
        return with(draft -> draft.earlyStopping = earlyStopping);
    }

    /**
     * Tries all of the run's code and leaves no file: so many training steps, a validation of as many batches, and a
     * checkpoint that is written to a temporary folder beside {@code out} and read back. Nothing stops it early.
     *
     * @param steps 0 for a run as it is
     */
    public TrainerOptions withFastDevRun(int steps) {
        return with(draft -> draft.fastDevRun = steps);
    }

    private TrainerOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** The same settings, open to one change. */
    private static final class Draft {
        long seed;
        Precision precision;
        PrecisionPlan types;
        long batch;
        int accumulation;
        long maxSteps;
        List<ParameterGroup> optimizer;
        Schedule schedule;
        Clipping clipping;
        long validateEvery;
        long validationBatches;
        CheckpointOptions checkpoints;
        Plugin strategy;
        Plugin accelerator;

        @Nullable
        Path out;

        @Nullable
        Path resume;

        @Nullable
        Path init;

        List<Callback> callbacks;
        Ranks ranks;
        Monitoring monitoring;
        Averaging averaging;
        EarlyStopping earlyStopping;
        int fastDevRun;

        @Nullable
        Profiling profiling;

        Draft(TrainerOptions options) {
            seed = options.seed;
            precision = options.precision;
            types = options.types;
            batch = options.batch;
            accumulation = options.accumulation;
            maxSteps = options.maxSteps;
            optimizer = options.optimizer;
            schedule = options.schedule;
            clipping = options.clipping;
            validateEvery = options.validateEvery;
            validationBatches = options.validationBatches;
            checkpoints = options.checkpoints;
            strategy = options.strategy;
            accelerator = options.accelerator;
            out = options.out;
            resume = options.resume;
            init = options.init;
            callbacks = options.callbacks;
            ranks = options.ranks;
            monitoring = options.monitoring;
            averaging = options.averaging;
            profiling = options.profiling;
            earlyStopping = options.earlyStopping;
            fastDevRun = options.fastDevRun;
        }

        TrainerOptions options() {
            return new TrainerOptions(
                    seed,
                    precision,
                    types,
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
                    init,
                    callbacks,
                    ranks,
                    monitoring,
                    averaging,
                    profiling,
                    earlyStopping,
                    fastDevRun);
        }
    }
}
