package dev.javelin.engine.run;

import dev.javelin.engine.Compilation;
import dev.javelin.engine.lower.Votes;
import dev.javelin.engine.program.Program;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a session: what is written and launched for a training step, a validation or a vote, in which order, and
 * what of it is awaited.
 */
final class Steps {
    private final Compilation compilation;
    private final Programs programs;
    private final Staging staging;
    private final @Nullable Landing landing;
    private final Results results;
    private final @Nullable Collectives collectives;
    private @Nullable Begun begun;
    private LossScale lossScale;
    private StepScale lastScale;

    /**
     * A training step whose results are awaited.
     *
     * @param scaled whether the scale of the loss is this session's, and changes with what the step meets
     */
    private record Begun(String program, int microBatches, boolean scaled) {}

    /**
     * @param landing null where micro-batches go straight to their slots
     * @param collectives of this rank; null for one rank
     */
    Steps(
            Compilation compilation,
            Programs programs,
            Staging staging,
            @Nullable Landing landing,
            Results results,
            @Nullable Collectives collectives) {
        this.compilation = compilation;
        this.programs = programs;
        this.staging = staging;
        this.landing = landing;
        this.results = results;
        this.collectives = collectives;
        lossScale = LossScale.begin(compilation.precision().scaling());
        lastScale = lossScale.now();
    }

    /** The scale of the step that was begun last. */
    StepScale lastScale() {
        return lastScale;
    }

    void requireNoneBegun() {
        if (begun != null) {
            throw new IllegalStateException("a step was begun and not finished");
        }
    }

    /** Begins a training step with the session's own scale of the loss. */
    void begin(long step, double rate, long seed, List<HostBatch> batches) {
        begun = enqueue(step, rate, seed, batches, lossScale.now(), true, Programs.NOTHING);
    }

    /** @param after called after each launch, when its work is done; {@link Programs#NOTHING} for none */
    void begin(
            long step,
            double rate,
            long seed,
            List<HostBatch> batches,
            StepScale scale,
            Consumer<LaunchList.Launch> after) {
        begun = enqueue(step, rate, seed, batches, scale, false, after);
    }

    private Begun enqueue(
            long step,
            double rate,
            long seed,
            List<HostBatch> batches,
            StepScale scale,
            boolean scaled,
            Consumer<LaunchList.Launch> after) {
        requireNoneBegun();
        lastScale = scale;
        int count = compilation.options().accumulation();
        if (batches.size() != count) {
            throw new IllegalArgumentException(batches.size() + " micro-batches for a step of " + count);
        }
        if (collectives != null) {
            collectives.step(step);
        }
        programs.host("writing scalars", () -> {
            staging.writeScalars(compilation.chunks(), step - scale.skipped(), rate);
            staging.writeLossSeed(scale.scale() / compilation.lossDivisor());
            staging.writeAverageRate(compilation.options(), step);
        });
        for (int i = 0; i < count; i++) {
            bring(step, seed, i, batches.get(i));
            programs.launch(compilation.trainingProgram(step, i), after);
            if (i + 1 < count) {
                stage(batches.subList(i + 1, count));
            }
        }
        programs.guarded(results::fetch);
        return new Begun(compilation.trainingProgram(step, count - 1), count, scaled);
    }

    /** Brings a micro-batch of a step, counted from 0, to the slots of its program. */
    private void bring(long step, long seed, int micro, HostBatch batch) {
        long rows = Objects.requireNonNull(compilation.options().train(), "no training was compiled")
                .rows();
        programs.host("writing batches", () -> {
            if (landing == null) {
                staging.writeBatch(program(compilation.trainingProgram(step, micro)), batch);
            } else {
                landing.arrive(batch);
            }
            staging.writeRandom(seed, step, micro, batch.firstSample(), rows);
        });
    }

    private Program program(String name) {
        return compilation.program(name).schedule().program();
    }

    /** Sends the first of these micro-batches on its way, where the device copies beside its work. */
    void stage(List<HostBatch> batches) {
        Landing place = landing;
        if (place != null) {
            programs.host("writing batches", () -> place.send(batches.getFirst()));
        }
    }

    /** When the device was done with the step that was begun; empty while it is not, or where that cannot be told. */
    OptionalLong doneNanos() {
        return begun == null ? OptionalLong.empty() : results.arrivedNanos();
    }

    /** Waits for the step that was begun. */
    StepResult finish() {
        Begun step = begun;
        if (step == null) {
            throw new IllegalStateException("no step was begun");
        }
        begun = null;
        StepResult result = reported(step.program, true, step.microBatches);
        lossScale = step.scaled ? lossScale.after(result.finite()) : lossScale;
        return result;
    }

    /** Waits for what was fetched. */
    private StepResult reported(String program, boolean training, int microBatches) {
        StepResult[] result = new StepResult[1];
        programs.host("reading results", () -> {
            programs.guarded(results::await);
            result[0] = results.of(program, training, microBatches);
        });
        return Objects.requireNonNull(result[0]);
    }

    /** Runs a validation program. */
    StepResult validate(HostBatch batch, String program) {
        requireNoneBegun();
        programs.host("writing batches", () -> staging.writeBatch(program(program), batch));
        programs.launch(program, Programs.NOTHING);
        programs.guarded(results::fetch);
        return reported(program, false, 1);
    }

    /** By question, whether any rank is for it. */
    boolean[] vote(boolean... mine) {
        if (collectives == null) {
            return mine.clone();
        }
        requireNoneBegun();
        staging.write(Votes.VOTE, i -> mine[i] ? 1 : 0);
        programs.launch(Votes.PROGRAM, Programs.NOTHING);
        programs.guarded(results::fetch);
        programs.guarded(results::await);
        double[] counts = results.values(Votes.COUNT);
        boolean[] any = new boolean[counts.length];
        for (int i = 0; i < any.length; i++) {
            any[i] = counts[i] > 0;
        }
        return any;
    }
}
