package dev.javelin.engine.train;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Profiling;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.CheckpointWriter;
import dev.javelin.engine.log.RunLogs;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.profile.Profiler;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.Pulse;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.device.Accelerator;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one rank does in a run: it opens its device, joins the communicator, makes sure that all ranks mean the same,
 * fills its session and runs the loop. The first rank, or the only one, has the callbacks and writes the run's folder.
 */
final class RankRun {
    private final TrainerOptions options;
    private final RunSetup setup;
    private final PluginRegistry plugins;
    private final Compilation compilation;
    private final BooleanSupplier stopRequested;
    private final @Nullable Member member;

    /**
     * @param member of its world; null for a rank alone
     */
    RankRun(
            TrainerOptions options,
            RunSetup setup,
            PluginRegistry plugins,
            Compilation compilation,
            BooleanSupplier stopRequested,
            @Nullable Member member) {
        this.options = options;
        this.setup = setup;
        this.plugins = plugins;
        this.compilation = compilation;
        this.stopRequested = stopRequested;
        this.member = member;
    }

    private boolean first() {
        return member == null || member.rank() == 0;
    }

    FitResult fit(EngineTrainer.Data data, OutFolder folder, @Nullable Checkpoint checkpoint, RunState start) {
        Profiled profiled = profiled(folder.path(), start.step());
        try (Accelerator accelerator = open()) {
            if (member == null) {
                return fit(data, folder, checkpoint, start, accelerator, null, profiled);
            }
            CommunicatorProvider provider =
                    plugins.communicator(options.ranks().communicator().name());
            compilation.requireServed(provider.name(), provider.abilities(), member.closeness());
            Agreement.require(member, Agreement.lines(compilation, options, data, start, checkpoint));
            try (Communicator communicator = provider.join(
                    member, PluginKind.COMMUNICATOR.options(options.ranks().communicator()))) {
                return fit(data, folder, checkpoint, start, accelerator, new Team(member, communicator), profiled);
            }
        }
    }

    private FitResult fit(
            EngineTrainer.Data data,
            OutFolder folder,
            @Nullable Checkpoint checkpoint,
            RunState start,
            Accelerator accelerator,
            @Nullable Team team,
            @Nullable Profiled profiled) {
        try (Session session = Session.open(compilation, accelerator, sessionOptions(team));
                RunLogs logs = begin(session, folder, checkpoint, start, Dealt.of(team));
                Arena arena = Arena.ofShared()) {
            List<Callback> callbacks = new ArrayList<>(first() ? options.callbacks() : List.of());
            Path out = folder.path();
            if (logs != null && out != null) {
                callbacks.addFirst(new SummaryFile(out));
                callbacks.addAll(0, logs.all());
            }
            FitLoop.Parts parts = new FitLoop.Parts(
                    options,
                    session,
                    team,
                    data.train(),
                    data.validation() == null ? null : evaluation(session, data.validation(), team, arena),
                    out == null
                            ? null
                            : new CheckpointSeries(
                                    out,
                                    options.checkpoints(),
                                    new CheckpointWriter(setup.companions()),
                                    session,
                                    Dealt.of(team),
                                    start.step() + 1),
                    new Listeners(callbacks),
                    stopRequested,
                    setup.notes(),
                    profiled == null
                            ? null
                            : new Profiler(session, team, profiled.folder, this::open, profiled.first, profiled.last),
                    arena);
            FitResult result = new FitLoop(parts, start, logs == null ? 0 : logs.secondsBefore()).run();
            if (options.fastDevRun() > 0 && out != null && result.steps() > start.step()) {
                FastDevRun.readBack(out, options, session, DataPrint.of(data.train()), Dealt.of(team));
            }
            if (member != null) {
                member.pulse().enter(Pulse.Phase.DONE);
            }
            return result;
        }
    }

    private SessionOptions sessionOptions(@Nullable Team team) {
        SessionOptions standard = SessionOptions.standard();
        if (first()) {
            standard = standard.withPrinter(text -> options.callbacks().forEach(callback -> callback.onPrint(text)));
        }
        return team == null ? standard : standard.withTeam(team);
    }

    /** Fills the session, and only then touches what the folder holds. */
    private @Nullable RunLogs begin(
            Session session, OutFolder folder, @Nullable Checkpoint checkpoint, RunState start, Dealt rank) {
        session.initialize(options.seed());
        if (checkpoint != null) {
            Restoring.all(checkpoint, session, rank);
        } else if (options.init() != null) {
            try (Checkpoint weights = Checkpoint.open(options.init())) {
                Restoring.begin(weights, session);
            }
        }
        Path out = folder.path();
        if (out == null || !first()) {
            return null;
        }
        folder.clear(checkpoint);
        if (setup.config() != null) {
            RunFiles.writeConfig(out, setup.config());
        }
        return RunLogs.open(out, options, setup.config(), start.step());
    }

    /** Steps that are looked into, and the folder for what is found. */
    private record Profiled(Path folder, long first, long last) {}

    /** Known before anything of the run's folder is touched. */
    private @Nullable Profiled profiled(@Nullable Path out, long done) {
        Profiling profiling = options.profiling();
        if (profiling != null && setup.again()) {
            profiling = Profiler.rest(profiling, done).orElse(null);
        }
        if (profiling == null) {
            return null;
        }
        long[] window = Profiler.window(profiling, done, options.maxSteps());
        Path folder = profiling.out() != null ? profiling.out() : out == null ? null : out.resolve("profile");
        if (folder == null) {
            throw new JavelinException(
                    "JVL-CFG-0074",
                    "steps are to be profiled, but there is no folder for what is found",
                    "give one with Profiling.withOut, or a folder for the run with TrainerOptions.withOut");
        }
        return new Profiled(folder, window[0], window[1]);
    }

    private Accelerator open() {
        return plugins.accelerator(options.accelerator().name())
                .open(PluginKind.ACCELERATOR.options(options.accelerator()), member == null ? 0 : member.place());
    }

    private Evaluation evaluation(Session session, Dataset validation, @Nullable Team team, Arena arena) {
        return new Evaluation(session, validation, options, Dealt.of(team), arena);
    }
}
