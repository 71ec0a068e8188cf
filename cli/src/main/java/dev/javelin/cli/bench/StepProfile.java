package dev.javelin.cli.bench;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Profiling;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.Job;
import dev.javelin.engine.profile.Profiler;
import dev.javelin.engine.run.Recording;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.Team;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Steps of a bench that are profiled, between the warm-up and what is measured. */
final class StepProfile {
    private final Profiler profiler;
    private final long first;
    private final long last;

    private StepProfile(Profiler profiler, long first, long last) {
        this.profiler = profiler;
        this.first = first;
        this.last = last;
    }

    /**
     * What the configuration asks for.
     *
     * @param done steps of the warm-up
     * @throws JavelinException {@code JVL-CFG-0076} if it asks for steps by number: a warm-up takes its time, not a number
     *     of steps
     */
    static Optional<StepProfile> of(RunConfig config, Session session, @Nullable Team team, Job job, long done) {
        Profiling profiling = config.profile().profiling().orElse(null);
        if (profiling == null) {
            return Optional.empty();
        }
        requireCount(config);
        Path folder =
                Objects.requireNonNullElse(profiling.out(), Path.of("profile").toAbsolutePath());
        long last = done + profiling.steps();
        Profiler profiler = new Profiler(
                session, team, folder, () -> job.accelerator().open(job.acceleratorOptions()), done + 1, last);
        return Optional.of(new StepProfile(profiler, done + 1, last));
    }

    /** Refuses steps by number. */
    static void requireCount(RunConfig config) {
        config.profile().profiling().filter(asked -> asked.first() > 0).ifPresent(asked -> {
            throw new JavelinException(
                    "JVL-CFG-0076",
                    "bench step: --profile " + config.profile().steps() + " names steps, but the warm-up has no fixed"
                            + " number of them",
                    "give only how many steps to profile: --profile " + asked.steps());
        });
    }

    /** Runs the steps; the folder with what was found, on the first rank. */
    Optional<Path> run(LongConsumer step) {
        Optional<Path> folder = Optional.empty();
        for (long number = first; number <= last; number++) {
            long at = number;
            profiler.begin(at);
            Recording recording = Objects.requireNonNull(profiler.recording());
            recording.step(at, () -> step.accept(at));
            folder = profiler.end(at, false);
        }
        return folder;
    }
}
