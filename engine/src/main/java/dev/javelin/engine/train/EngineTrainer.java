package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.Trainer;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.Strategy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The engine's trainer: opens accelerator and strategy by name, compiles, starts or resumes, runs the loop and closes
 * what it opened.
 *
 * <p>A run's folder gets {@code metrics.jsonl}, {@code summary.json} and checkpoints. A folder that holds a run already
 * is refused, unless the run resumes from a checkpoint in it or is told to replace it. It is changed under its lock, and
 * only once everything is known to be in order: compiled, device and session open, checkpoint restored.
 */
public final class EngineTrainer implements Trainer {
    private final TrainerOptions options;
    private final PluginRegistry plugins;
    private final RunSetup setup;
    private final AtomicBoolean stopRequested = new AtomicBoolean();

    /** A trainer with the plugins of this registry. */
    public EngineTrainer(TrainerOptions options, PluginRegistry plugins) {
        this(options, plugins, RunSetup.standard());
    }

    /** A trainer that sets up its run's folder in its own way. */
    public EngineTrainer(TrainerOptions options, PluginRegistry plugins, RunSetup setup) {
        this.options = options;
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
     *     it holds newer checkpoints than the one to go on from, {@code JVL-CKP-...} if a checkpoint cannot be restored
     *     or written, {@code JVL-NUM-0001} for a number that is not finite, and what compilation and device report
     */
    @Override
    @SuppressWarnings("try") // the lock is held, not used
    public FitResult fit(TrainingModule module, Dataset train, @Nullable Dataset validation) {
        requireSameFields(train, validation);
        AcceleratorProvider provider = plugins.accelerator(options.accelerator().name());
        Options device = PluginKind.ACCELERATOR.options(options.accelerator());
        Strategy strategy =
                plugins.strategy(options.strategy().name()).strategy(PluginKind.STRATEGY.options(options.strategy()));
        CompileOptions compile =
                CompileOptions.of(options, train.fields(), validation == null ? null : validation.fields(), 1);
        Compilation compilation = Compilation.compile(module, compile, strategy, provider.planner(device));
        Path out = options.out();
        try (RunLock ignored = out == null ? null : RunLock.take(out);
                Checkpoint checkpoint = options.resume() == null ? null : Checkpoint.open(options.resume())) {
            requireFree(out, checkpoint);
            RunState start =
                    checkpoint == null ? RunState.start() : RunState.decode(checkpoint, options, DataPrint.of(train));
            if (start.step() >= options.maxSteps() && checkpoint != null) {
                return finished(checkpoint, start, compilation);
            }
            try (Accelerator accelerator = provider.open(device)) {
                return fit(compilation, accelerator, train, validation, checkpoint, start);
            }
        }
    }

    private FitResult fit(
            Compilation compilation,
            Accelerator accelerator,
            Dataset train,
            @Nullable Dataset validation,
            @Nullable Checkpoint checkpoint,
            RunState start) {
        Path out = options.out();
        SessionOptions sessionOptions = SessionOptions.standard()
                .withPrinter(text -> options.callbacks().forEach(callback -> callback.onPrint(text)));
        try (Session session = Session.open(compilation, accelerator, sessionOptions);
                MetricsFile metrics = begin(session, checkpoint, start);
                Arena arena = Arena.ofShared()) {
            List<Callback> callbacks = new ArrayList<>(options.callbacks());
            if (metrics != null) {
                callbacks.addFirst(metrics);
            }
            FitLoop.Parts parts = new FitLoop.Parts(
                    options,
                    session,
                    train,
                    validation == null ? null : evaluation(session, validation, arena),
                    out == null ? null : new CheckpointSeries(out, options.checkpoints(), session, start.step() + 1),
                    new Listeners(callbacks),
                    stopRequested::get,
                    setup.notes(),
                    arena);
            return new FitLoop(parts, start, metrics == null ? 0 : metrics.secondsBefore()).run();
        }
    }

    /** Fills the session, and only then touches what the folder holds. */
    private @Nullable MetricsFile begin(Session session, @Nullable Checkpoint checkpoint, RunState start) {
        if (checkpoint == null) {
            session.initialize(options.seed());
        } else {
            Restoring.all(checkpoint, session);
        }
        Path out = options.out();
        if (out == null) {
            return null;
        }
        if (replaces() && !goesOn(out, checkpoint)) {
            RunFiles.clear(out);
        }
        if (setup.config() != null) {
            RunFiles.writeConfig(out, setup.config());
        }
        return MetricsFile.open(out, start.step());
    }

    private Evaluation evaluation(Session session, Dataset validation, Arena arena) {
        return new Evaluation(session, validation, options.microBatch(), options.validationBatches(), arena);
    }

    private static void requireSameFields(Dataset train, @Nullable Dataset validation) {
        if (validation != null && !validation.fields().equals(train.fields())) {
            throw new JavelinException(
                    "JVL-DAT-0021",
                    "validation data has the fields " + validation.fields() + ", training data " + train.fields(),
                    "give both the same fields");
        }
    }

    private void requireFree(@Nullable Path out, @Nullable Checkpoint checkpoint) {
        if (out == null || !RunFiles.holdsRun(out)) {
            return;
        }
        if (goesOn(out, checkpoint)) {
            long newest = RunFolder.newest(out).map(RunFolder.Found::step).orElse(0L);
            long from = Objects.requireNonNull(checkpoint).step();
            if (newest > from && !replaces()) {
                throw new JavelinException(
                        "JVL-CFG-0053",
                        out.toAbsolutePath() + " holds checkpoints up to step " + newest + ", going on from step "
                                + from + " would replace them",
                        "give another folder with TrainerOptions.withOut (fit --out), or replace them by"
                                + " RunSetup.Existing.REPLACE (fit --overwrite)");
            }
            if (newest <= from && replaces()) {
                throw new JavelinException(
                        "JVL-CFG-0052",
                        "asked both to go on with the run in " + out.toAbsolutePath() + " and to replace it",
                        "give one of the two: TrainerOptions.withResume (fit --resume) goes on,"
                                + " RunSetup.Existing.REPLACE (fit --overwrite) starts over");
            }
            return;
        }
        if (!replaces()) {
            throw new JavelinException(
                    "JVL-CFG-0030",
                    "the folder " + out.toAbsolutePath() + " holds a run already",
                    "go on with it by TrainerOptions.withResume (fit --resume " + out + "), replace it by"
                            + " RunSetup.Existing.REPLACE (fit --overwrite), or give another folder with"
                            + " TrainerOptions.withOut (fit --out)");
        }
    }

    private boolean replaces() {
        return setup.existing() == RunSetup.Existing.REPLACE;
    }

    /** Whether the run continues the one in its own folder. */
    private static boolean goesOn(Path out, @Nullable Checkpoint checkpoint) {
        return checkpoint != null && real(out).equals(real(run(checkpoint)));
    }

    /** Without links, so that one folder has one name. */
    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            return folder.toAbsolutePath().normalize();
        }
    }

    private static Path run(Checkpoint checkpoint) {
        return checkpoint.folder().toAbsolutePath().resolveSibling("");
    }

    private FitResult finished(Checkpoint checkpoint, RunState state, Compilation compilation) {
        JsonNode summary = MetricsFile.summary(run(checkpoint));
        JsonNode validation = summary.path("validationLoss");
        return new FitResult(
                compilation.paths().parameters().values().stream()
                        .mapToLong(parameter -> parameter.shape().elements())
                        .sum(),
                state.step(),
                state.loss(),
                state.validationLoss().isPresent() || !validation.isNumber()
                        ? state.validationLoss()
                        : OptionalDouble.of(validation.doubleValue()),
                summary.path("tokensPerSecondMedian").asDouble(0),
                compilation.memory().peakBytes(),
                summary.path("measuredPeakDeviceBytes").asLong(0),
                summary.path("wallSeconds").asDouble(0),
                checkpoint.folder(),
                false);
    }
}
