package dev.javelin.engine.profile;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Profiling;
import dev.javelin.engine.run.Recording;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Pulse;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.QueueRole;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks into some steps of a session: {@link #begin} before each step, {@link #end} when all that belongs to it is done.
 * From the first step of the window to its last the session notes what it does; then the files are written. All ranks do
 * the same.
 */
public final class Profiler {
    /** The tables for people. */
    public static final String TABLES = "profile.txt";

    /** The same numbers for programs. */
    public static final String NUMBERS = "profile.json";

    /** The trace for Perfetto. */
    public static final String TRACE = TraceFile.TRACE;

    private final Session session;
    private final @Nullable Team team;
    private final Path folder;
    private final Supplier<Accelerator> device;
    private final long first;
    private final long last;
    private @Nullable Recording recording;

    /**
     * @param folder for the files; all ranks must see it
     * @param device opens another device like the session's, to measure its limits; it is closed again
     * @param first first step of the window
     * @param last last step of the window
     */
    public Profiler(
            Session session, @Nullable Team team, Path folder, Supplier<Accelerator> device, long first, long last) {
        this.session = session;
        this.team = team;
        this.folder = folder;
        this.device = device;
        this.first = first;
        this.last = last;
    }

    /**
     * The window of a run that does steps after {@code done} up to {@code most}.
     *
     * @return first and last step
     * @throws JavelinException {@code JVL-CFG-0073} if the run has no such steps
     */
    public static long[] window(Profiling profiling, long done, long most) {
        if (profiling.first() == 0) {
            long last = Math.min(most, done + Profiling.WARM_UP_STEPS + profiling.steps());
            return new long[] {Math.max(done + 1, last - profiling.steps() + 1), last};
        }
        long last = profiling.first() + profiling.steps() - 1;
        if (profiling.first() <= done || last > most) {
            throw new JavelinException(
                    "JVL-CFG-0073",
                    "steps " + profiling.first() + " to " + last + " are to be profiled, but the run has the steps "
                            + (done + 1) + " to " + most,
                    "choose among these, or give only how many steps to profile (--profile " + profiling.steps() + ")");
        }
        return new long[] {profiling.first(), last};
    }

    /**
     * What is left to profile for another attempt at a run, from a checkpoint at or behind the first of the steps.
     *
     * @param done steps that the checkpoint stands for
     * @return empty if all the steps were done before it
     */
    public static Optional<Profiling> rest(Profiling profiling, long done) {
        if (profiling.first() == 0 || profiling.first() > done) {
            return Optional.of(profiling);
        }
        long last = profiling.first() + profiling.steps() - 1;
        return last <= done
                ? Optional.empty()
                : Optional.of(new Profiling(done + 1, (int) (last - done), profiling.out()));
    }

    /** Before a step: lets the session note what it does if the step is in the window. */
    public void begin(long step) {
        if (step >= first && step <= last && recording == null) {
            recording = new Recording(session.accelerator());
            session.record(recording);
        }
    }

    /** What notes spans at this moment; null outside of the window. */
    public @Nullable Recording recording() {
        return recording;
    }

    /**
     * When all that belongs to a step is done: after the last one, or the run's last, the files are written.
     *
     * @param over whether the run ends here
     * @return the folder, once, on the first rank
     */
    public Optional<Path> end(long step, boolean over) {
        Recording spans = recording;
        if (spans == null || step < last && !over) {
            return Optional.empty();
        }
        session.record(null);
        recording = null;
        spans.close();
        for (QueueRole role : QueueRole.values()) { // a copy ahead may still be noting its span
            session.accelerator().queue(role).synchronize();
        }
        return write(spans);
    }

    private Optional<Path> write(Recording spans) {
        int rank = team == null ? 0 : team.rank();
        boolean oneClock = team == null || team.member().closeness() != Seat.Closeness.HOSTS;
        TraceFile file = new TraceFile(folder, team == null ? 1 : team.size(), oneClock);
        Profile profile = new Profile(spans, session.accelerator().planner());
        file.leave(
                RankTimes.of(rank, profile),
                TraceEvents.of(spans, session.accelerator().planner(), rank));
        together();
        if (rank == 0) {
            List<RankTimes> ranks = file.join();
            Limits limits = limits();
            file.write(TABLES, ProfileText.of(profile, limits, ranks));
            file.write(NUMBERS, ProfileJson.of(profile, limits, ranks));
        }
        together();
        return rank == 0 ? Optional.of(folder) : Optional.empty();
    }

    /** Waits until all ranks have come here. */
    private void together() {
        if (team != null) {
            Pulse.Phase before = team.member().pulse().enter(Pulse.Phase.SAVE);
            session.anyRank(false, false);
            team.member().pulse().enter(before);
        }
    }

    private Limits limits() {
        try (Accelerator another = device.get()) {
            return Limits.measure(another, session.compilation().precision().compute());
        }
    }
}
