package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.LossScaling;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.ScaledStep;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.profile.Profiler;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.NonFinite;
import dev.javelin.engine.run.Recording;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.StepResult;
import dev.javelin.engine.run.StepScale;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Pulse;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The loop: batch, step, metrics, validation, checkpoint. */
final class FitLoop {
    private static final int ASKED = 0;
    private static final int STOP = 1;

    private final TrainerOptions options;
    private final Session session;
    private final Callback listener;
    private final @Nullable CheckpointSeries checkpoints;
    private final @Nullable Evaluation evaluation;
    private final BooleanSupplier stopRequested;
    private final ObjectNode notes;
    private final SampleOrder order;
    private final Gauges gauges;
    private final StepRows rows;
    private final Clock clock;
    private final Pulse pulse;
    private final Findings findings;
    private final DataPrint data;
    private final long tokensPerRow;
    private final long startStep;
    private final @Nullable Profiler profiler;
    private RunState state;
    private OptionalDouble lastValidation = OptionalDouble.empty();
    private @Nullable Path lastCheckpoint;
    private long checkpointStep = -1;
    private @Nullable StepMetrics metrics;

    /** What a loop works with; all of it belongs to the caller. */
    record Parts(
            TrainerOptions options,
            Session session,
            @Nullable Team team,
            Dataset train,
            @Nullable Evaluation evaluation,
            @Nullable CheckpointSeries checkpoints,
            Callback listener,
            BooleanSupplier stopRequested,
            ObjectNode notes,
            @Nullable Profiler profiler,
            Arena arena) {}

    FitLoop(Parts parts, RunState start, double secondsBefore) {
        options = parts.options;
        session = parts.session;
        listener = parts.listener;
        checkpoints = parts.checkpoints;
        evaluation = parts.evaluation;
        stopRequested = parts.stopRequested;
        notes = parts.notes;
        profiler = parts.profiler;
        state = start;
        startStep = start.step();
        data = checkpoints == null ? new DataPrint(parts.train.rows(), 0) : DataPrint.of(parts.train);
        order = new SampleOrder(options.seed(), data.rows());
        gauges = new Gauges(session.compilation(), order, options.monitoring().spikes());
        findings = new Findings(parts.team);
        pulse = parts.team == null ? new Pulse(0) : parts.team.member().pulse();
        BatchReader reader = new BatchReader(
                parts.train,
                options.microBatch(),
                options.accumulation(),
                session.stages() ? 2 : 1,
                Dealt.of(parts.team),
                parts.arena);
        rows = new StepRows(reader, order, options.batch());
        tokensPerRow = tokensPerRow(parts.train.fields().getFirst());
        clock = new Clock(secondsBefore);
    }

    /** Elements of a row of token ids; a row of anything else counts as one. */
    private static long tokensPerRow(Dataset.Field field) {
        return field.row().dtype().floating() ? 1 : field.row().elements();
    }

    FitResult run() {
        listener.onStart(new RunSummary(
                parameters(),
                state.step() + 1,
                options.maxSteps(),
                options.batch(),
                predictedPeakBytes(),
                ModelSummaries.of(session.compilation())));
        pulse.enter(Pulse.Phase.TRAIN);
        boolean goOn = true;
        boolean patient = true;
        boolean stopped = vote(false)[STOP];
        while (goOn && patient && state.step() < options.maxSteps() && !stopped) {
            if (profiler != null) {
                profiler.begin(state.step() + 1);
            }
            boolean[] any = vote(!step());
            goOn = !any[ASKED];
            stopped = any[STOP];
            boolean best = false;
            if (!goOn || state.step() == options.maxSteps() || due(options.validateEvery())) {
                boolean[] told = session.anyRank(validate(), exhausted());
                best = told[ASKED];
                patient = !told[STOP];
            }
            if (best || due(options.checkpoints().everySteps())) {
                checkpoint();
            }
            if (profiler != null) {
                boolean over = !goOn || !patient || stopped || state.step() == options.maxSteps();
                profiler.end(state.step(), over).ifPresent(listener::onProfile);
            }
        }
        if (state.step() > startStep) {
            checkpoint();
        }
        FitResult result = result(ending(goOn, patient));
        listener.onEnd(result);
        return result;
    }

    private RunReport.Ending ending(boolean goOn, boolean patient) {
        if (!patient) {
            return RunReport.Ending.EARLY_STOPPING;
        }
        if (state.step() >= options.maxSteps()) {
            return RunReport.Ending.STEPS;
        }
        return goOn ? RunReport.Ending.INTERRUPTED : RunReport.Ending.CALLBACK;
    }

    /** Whether validations have been no better for too long. */
    private boolean exhausted() {
        return state.patience().exhausted(options.earlyStopping());
    }

    /** What any rank wants: what is asked, and that the run stops here to be gone on with. */
    private boolean[] vote(boolean first) {
        boolean[][] any = new boolean[1][];
        timed("agreeing whether to go on", () -> any[0] = session.anyRank(first, stopRequested.getAsBoolean()));
        return any[0];
    }

    /** Work between steps, noted while steps are profiled. */
    private void timed(String what, Runnable work) {
        Recording recording = profiler == null ? null : profiler.recording();
        if (recording == null) {
            work.run();
        } else {
            recording.around(what, work);
        }
    }

    private boolean due(long every) {
        return every > 0 && state.step() % every == 0;
    }

    private void reading(Runnable work) {
        Recording recording = profiler == null ? null : profiler.recording();
        if (recording == null) {
            work.run();
        } else {
            recording.host("reading rows", work);
        }
    }

    /** One optimizer step; false if a callback ends the run with it. */
    private boolean step() {
        SpikeWindow before = state.window();
        Recording recording = profiler == null ? null : profiler.recording();
        if (recording == null) {
            work();
        } else {
            recording.step(state.step() + 1, this::work);
        }
        boolean[] goOn = new boolean[1];
        StepMetrics known = Objects.requireNonNull(metrics);
        timed("callbacks", () -> {
            goOn[0] = listener.onStep(known);
            gauges.spikes(known, before).forEach(listener::onSpike);
        });
        return goOn[0];
    }

    /** The step itself; leaves what it found in {@link #metrics}. */
    private void work() {
        clock.beginStep();
        long step = state.step() + 1;
        long first = state.samples();
        pulse.step(step);
        pulse.at("reading the rows of the step");
        double rate = options.schedule().learningRate(step, options.maxSteps());
        List<List<HostBatch>> read = new ArrayList<>();
        reading(() -> read.add(rows.of(first)));
        List<HostBatch> batches = read.getFirst();
        clock.dataRead();
        StepScale scale = state.scale().now();
        session.begin(step, rate, options.seed(), batches, scale);
        readAhead();
        StepResult result = session.finish();
        requireGoingOn(step, rate, batches, result);
        state = result.finite()
                ? state.afterStep(
                        options.batch(),
                        result.loss(),
                        result.gradientNorm(),
                        options.monitoring().spikes())
                : state.afterSkipped(options.batch(), result.loss());
        long tokens = options.batch() * tokensPerRow;
        double tokensPerSecond = clock.endStep(tokens);
        metrics = new StepMetrics(
                step,
                result.loss(),
                result.gradientNorm(),
                rate,
                tokensPerSecond,
                measuredPeakBytes(),
                clock.elapsedSeconds(),
                result.communication(),
                result.logged(),
                gauges.work(step, first, options.batch(), tokens, clock),
                scaled(scale, result.finite()));
    }

    /** While the device computes a step, reads the rows of the next one and sends them on their way, if it will come. */
    private void readAhead() {
        if (!session.stages() || state.step() + 1 >= options.maxSteps() || stopRequested.getAsBoolean()) {
            return;
        }
        pulse.at("reading the rows of the next step");
        long begin = System.nanoTime();
        List<List<HostBatch>> read = new ArrayList<>();
        reading(() -> rows.early(state.samples() + options.batch()).ifPresent(read::add));
        read.forEach(session::stage);
        long end = System.nanoTime();
        session.doneNanos().ifPresent(done -> clock.rowsLate(Math.max(0, end - Math.max(begin, done))));
        pulse.at("computing the step");
    }

    private Optional<ScaledStep> scaled(StepScale scale, boolean finite) {
        return options.types().scaling().active()
                ? Optional.of(
                        new ScaledStep(scale.scale(), !finite, state.scale().skipped()))
                : Optional.empty();
    }

    /** A step that is not finite ends the run, unless a smaller scale of the loss may mend it. */
    private void requireGoingOn(long step, double rate, List<HostBatch> batches, StepResult result) {
        if (result.finite()) {
            return;
        }
        if (!options.types().scaling().active()) {
            throw notFinite(step, rate, batches, result);
        }
        if (state.scale().exhausted()) {
            throw collapsed(step, rate, batches, result);
        }
    }

    private JavelinException collapsed(long step, double rate, List<HostBatch> batches, StepResult result) {
        double scale = state.scale().scale();
        return new JavelinException(
                "JVL-NUM-0003",
                "step " + step + " overflows at the loss scale " + scale + ", which is the smallest: loss "
                        + result.loss() + ", gradient norm " + result.gradientNorm() + ", first "
                        + place(step, rate, batches) + "; " + state.scale().skipped() + " steps were skipped before",
                "the step wrote nothing; look at the layer that is named and at the data of this step, lower"
                        + " optimizer.learningRate or "
                        + (options.types().scaling().kind() == LossScaling.Kind.FIXED
                                ? "trainer.lossScale"
                                : "trainer.minLossScale")
                        + ", or use precision bf16-mixed, whose numbers reach as far as those of 32 bits");
    }

    private JavelinException notFinite(long step, double rate, List<HostBatch> batches, StepResult result) {
        String place = place(step, rate, batches);
        return new JavelinException(
                "JVL-NUM-0001",
                "step " + step + " met a number that is not finite: loss " + result.loss() + ", gradient norm "
                        + result.gradientNorm() + ", first " + place,
                "the step wrote nothing; lower optimizer.learningRate or look at the data of this step, and go on from"
                        + " the last checkpoint, if one was written, or start again");
    }

    /** Where the first number that is not finite comes from; all ranks ask together. */
    private String place(long step, double rate, List<HostBatch> batches) {
        return findings.first(
                        step,
                        session.findNonFinite(
                                        step,
                                        rate,
                                        options.seed(),
                                        batches,
                                        state.scale().now())
                                .map(FitLoop::describe))
                .orElse("in the gradient norm, by overflow of its sum");
    }

    private static String describe(NonFinite found) {
        return found.value() + " at " + found.what();
    }

    /** True if the loss is among the best, so that a checkpoint of this very step is due. */
    private boolean validate() {
        if (evaluation == null) {
            return false;
        }
        Pulse.Phase before = pulse.enter(Pulse.Phase.EVALUATE);
        ValidationMetrics[] found = new ValidationMetrics[1];
        timed("validation", () -> found[0] = evaluation.run(state.step()));
        ValidationMetrics validation = Objects.requireNonNull(found[0]);
        pulse.enter(before);
        listener.onValidation(validation);
        if (!Double.isFinite(validation.loss())) {
            throw new JavelinException(
                    "JVL-NUM-0002",
                    "the validation loss after step " + state.step() + " is " + validation.loss()
                            + ": the update of this step made weights that are not finite, or the validation data"
                            + " hold such a number",
                    "lower the learning rate, or look at the data, and go on from the last checkpoint");
        }
        lastValidation = OptionalDouble.of(validation.loss());
        state = state.afterValidation(validation, options.earlyStopping());
        return checkpoints != null && checkpoints.amongBest(validation.loss());
    }

    private void checkpoint() {
        if (checkpoints != null && checkpointStep != state.step()) {
            checkpointStep = state.step();
            Pulse.Phase before = pulse.enter(Pulse.Phase.SAVE);
            timed(
                    "checkpoint",
                    () -> checkpoints
                            .write(state.step(), state.encode(options, data, notes))
                            .ifPresent(folder -> {
                                lastCheckpoint = folder;
                                listener.onCheckpoint(state.step(), folder);
                            }));
            pulse.enter(before);
        }
    }

    private FitResult result(RunReport.Ending ending) {
        RunReport report = new RunReport(
                ending,
                Endings.reason(ending, state, options),
                checkpoints == null ? List.of() : checkpoints.best(),
                gauges.throughput(clock, tokensPerRow),
                gauges.found(),
                gauges.count(),
                state.scale().skipped());
        return new FitResult(
                parameters(),
                state.step(),
                state.loss(),
                lastValidation,
                clock.medianRate(),
                predictedPeakBytes(),
                measuredPeakBytes(),
                clock.elapsedSeconds(),
                lastCheckpoint,
                ending == RunReport.Ending.INTERRUPTED,
                report);
    }

    private long parameters() {
        return session.compilation().paths().parameters().values().stream()
                .mapToLong(parameter -> parameter.shape().elements())
                .sum();
    }

    private long predictedPeakBytes() {
        return session.compilation().memory().peakBytes();
    }

    private long measuredPeakBytes() {
        return session.accelerator().usage().peakBytes();
    }
}
