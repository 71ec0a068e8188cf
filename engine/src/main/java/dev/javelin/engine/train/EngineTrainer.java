package dev.javelin.engine.train;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.ModelSummary;
import dev.javelin.api.trainer.Trainer;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.ForeignImport;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.RankFailure;
import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.Strategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine's trainer: opens accelerator, strategy and communicator by name, compiles once, and lets each rank of this
 * JVM start or resume and run the loop.
 *
 * <p>A run's folder gets its logs, {@code summary.json} and checkpoints, all written by the first rank. A
 * folder that holds a run already is refused, unless the run resumes from a checkpoint in it or is told to replace it. It
 * is changed under its lock, and only once everything is known to be in order: compiled, device and session open,
 * checkpoint restored. Several hosts must see one and the same folder.
 */
public final class EngineTrainer implements Trainer {
    private final TrainerOptions options;
    private final @Nullable Path near;
    private final PluginRegistry plugins;
    private final RunSetup setup;
    private final AtomicBoolean stopRequested = new AtomicBoolean();

    /** A trainer with the plugins of this registry. */
    public EngineTrainer(TrainerOptions options, PluginRegistry plugins) {
        this(options, plugins, RunSetup.standard());
    }

    /** A trainer that sets up its run's folder, or its world, in its own way. */
    public EngineTrainer(TrainerOptions options, PluginRegistry plugins, RunSetup setup) {
        this.options = options.fastDevRun() > 0 ? options.withOut(null) : options;
        this.near = options.out();
        this.plugins = plugins;
        this.setup = setup;
    }

    @Override
    public void stop() {
        stopRequested.set(true);
    }

    /**
     * {@inheritDoc}
     *
     * @throws JavelinException {@code JVL-PLG-0001} for an unknown plugin, {@code JVL-CFG-0030} and {@code 0031} if the
     *     folder holds or is used by another run, {@code 0052} if it is to be gone on with and replaced, {@code 0053} if
     *     it holds newer checkpoints than the one to go on from, {@code 0093} if early stopping has nothing to watch,
     *     {@code JVL-CKP-...} if a checkpoint cannot be restored
     *     or written, {@code JVL-NUM-0001} for a number that is not finite, {@code JVL-RNK-...} if a rank failed, and
     *     what compilation and device report
     */
    @Override
    @SuppressWarnings("try") // the lock is held, not used
    public FitResult fit(TrainingModule module, Dataset train, @Nullable Dataset validation) {
        requireSameFields(train, validation);
        Endings.requireValidation(options, validation != null);
        FastDevRun.requireNoProfile(options);
        World world = setup.world();
        Data data = new Data(train, validation);
        Supplier<Compilation> compiling = compiling(module, data);
        if (world != null) {
            // As part of a rank's work: what goes wrong here is told to the other ranks, which are waiting.
            return world.run(member -> {
                        member.pulse().at("tracing and compiling the model");
                        return attempt(options, setup, compiling.get(), data, member);
                    })
                    .getFirst();
        }
        Compilation compilation = compiling.get();
        try (RunLock ignored = options.out() == null ? null : RunLock.take(options.out())) {
            int ranks = ranks();
            return ranks == 1 ? attempt(options, setup, compilation, data, null) : restarting(ranks, compilation, data);
        }
    }

    @Override
    public ModelSummary summary(TrainingModule module, Dataset train, @Nullable Dataset validation) {
        requireSameFields(train, validation);
        return ModelSummaries.of(compiling(module, new Data(train, validation)).get());
    }

    private int ranks() {
        World world = setup.world();
        return world == null ? options.ranks().count() : world.size();
    }

    private Supplier<Compilation> compiling(TrainingModule module, Data data) {
        AcceleratorProvider provider = plugins.accelerator(options.accelerator().name());
        Options device = PluginKind.ACCELERATOR.options(options.accelerator());
        Strategy strategy =
                plugins.strategy(options.strategy().name()).strategy(PluginKind.STRATEGY.options(options.strategy()));
        Dataset validation = data.validation();
        CompileOptions compile = CompileOptions.of(
                options, data.train().fields(), validation == null ? null : validation.fields(), ranks());
        return new Once<>(() -> Compilation.compile(module, compile, strategy, provider.planner(device)));
    }

    /** Makes something when it is first asked for; all threads get the same. */
    private static final class Once<T> implements Supplier<T> {
        private final Supplier<T> maker;
        private @Nullable T made;

        Once(Supplier<T> maker) {
            this.maker = maker;
        }

        @Override
        public synchronized T get() {
            T known = made;
            if (known == null) {
                known = maker.get();
                made = known;
            }
            return known;
        }
    }

    /** What is trained on. */
    record Data(Dataset train, @Nullable Dataset validation) {}

    /** Ranks as threads of this JVM; a run whose rank failed starts again from the last checkpoint that it wrote. */
    private FitResult restarting(int ranks, Compilation compilation, Data data) {
        WorldOptions watch = WorldOptions.standard()
                .withTimeoutMillis((long) (options.ranks().timeoutSeconds() * 1000));
        Progress progress = new Progress();
        List<Callback> callbacks = new ArrayList<>(options.callbacks());
        callbacks.addFirst(progress);
        TrainerOptions current = options.withCallbacks(callbacks);
        RunSetup currentSetup = setup;
        for (int restarts = 0; ; restarts++) {
            TrainerOptions now = current;
            RunSetup nowSetup = currentSetup;
            try (World own = Worlds.threads(ranks, watch)) {
                return own.run(member -> attempt(now, nowSetup, compilation, data, member))
                        .getFirst();
            } catch (RankFailure failure) {
                if (restarts == options.ranks().maxRestarts() || options.out() == null || stopRequested.get()) {
                    throw failure;
                }
                options.callbacks().forEach(callback -> callback.onPrint(progress.restart(failure)));
                current = progress.saved() == null ? current : current.withResume(progress.saved());
                currentSetup = progress.setup(currentSetup, options);
            }
        }
    }

    /** One rank's run; a fast-dev-run in a folder of its own. */
    private FitResult attempt(
            TrainerOptions current,
            RunSetup currentSetup,
            Compilation compilation,
            Data data,
            @Nullable Member member) {
        if (current.fastDevRun() == 0) {
            return attempt(current, currentSetup, compilation, data, member, null);
        }
        try (FastDevRun trial = FastDevRun.begin(near, member)) {
            TrainerOptions within = current.withOut(trial.folder());
            return FastDevRun.without(attempt(within, currentSetup, compilation, data, member, trial));
        }
    }

    /** From the folder's check to the last step. */
    @SuppressWarnings("try") // the lock is held, not used
    private FitResult attempt(
            TrainerOptions current,
            RunSetup currentSetup,
            Compilation compilation,
            Data data,
            @Nullable Member member,
            @Nullable FastDevRun trial) {
        OutFolder folder = new OutFolder(current.out(), currentSetup.existing());
        boolean locks = setup.world() != null && Objects.requireNonNull(member).rank() == 0;
        try (RunLock ignored = locks && current.out() != null ? RunLock.take(current.out()) : null;
                Checkpoint checkpoint = current.resume() == null ? null : Checkpoint.open(current.resume())) {
            folder.requireFree(checkpoint);
            requireTrained(checkpoint);
            RunState start = checkpoint == null
                    ? RunState.start(options.types().scaling())
                    : RunState.decode(checkpoint, current, DataPrint.of(data.train()));
            TrainerOptions these = trial == null ? current : trial.shorten(current, start.step());
            if (checkpoint != null && Endings.isEnd(start, these)) {
                return Endings.of(checkpoint, start, these, compilation);
            }
            RankRun run = new RankRun(these, currentSetup, plugins, compilation, stopRequested::get, member);
            return run.fit(data, folder, checkpoint, start);
        }
    }

    private static void requireTrained(@Nullable Checkpoint checkpoint) {
        if (checkpoint != null && checkpoint.state().has(ForeignImport.MARK)) {
            throw new JavelinException(
                    "JVL-CKP-0058",
                    checkpoint.folder() + " holds imported weights and no training to go on with",
                    "begin a run with them: TrainerOptions.withInit (fit --init)");
        }
    }

    private static void requireSameFields(Dataset train, @Nullable Dataset validation) {
        if (validation != null && !validation.fields().equals(train.fields())) {
            throw new JavelinException(
                    "JVL-DAT-0021",
                    "validation data has the fields " + validation.fields() + ", training data " + train.fields(),
                    "give both the same fields");
        }
    }
}
