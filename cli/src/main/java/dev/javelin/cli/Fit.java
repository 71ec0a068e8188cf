package dev.javelin.cli;

import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.report.Reporters;
import dev.javelin.cli.run.DataSource;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.cli.run.RunData;
import dev.javelin.cli.run.RunPlace;
import dev.javelin.cli.run.Signals;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.cli.run.StoredTokenizer;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.generate.Sampling;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.engine.train.RunSetup;
import dev.javelin.models.LanguageModelSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One training from the command line: data, folder, reporters, signals, the trainer, and what is said at the end. */
final class Fit {
    private static final int SAMPLE_TOKENS = 300;
    /** How far back the sample looks: enough to judge it by, and quick for large models too. */
    private static final int SAMPLE_CONTEXT = 128;

    private final RunConfig config;
    private final RunPlace place;
    private final @Nullable Path weights;
    private final RunSetup setup;
    private final RankWorld world;
    private final PluginRegistry plugins;
    private final Console console;
    private final boolean summaryAsked;

    /**
     * @param world the ranks that train; its configuration counts
     * @param weights of a run or checkpoint to begin with; null begins with the initializers
     * @param summaryAsked whether the model's summary is wanted also in the JSON object
     */
    Fit(
            RankWorld world,
            RunPlace place,
            @Nullable Path weights,
            RunSetup setup,
            PluginRegistry plugins,
            Console console,
            boolean summaryAsked) {
        this.config = world.config();
        this.world = world;
        this.place = place;
        this.weights = weights;
        this.setup = setup;
        this.plugins = plugins;
        this.console = console;
        this.summaryAsked = summaryAsked;
    }

    /** Trains and reports; the exit code. */
    int run() {
        // Names and options of plugins are checked before the text is read; the folder is the trainer's affair.
        new Job(config, plugins).requirePlugins();
        try (RunData data =
                        DataSource.of(config, new PreparationProgress(console)).open();
                Reporters reporters = Reporters.start(console, data.config())) {
            requireSameData(data);
            Started started = new Started();
            List<Callback> callbacks = new ArrayList<>(List.of(started));
            callbacks.addAll(reporters.callbacks());
            TrainerOptions options = config.trainerOptions()
                    .withOut(place.out())
                    .withResume(place.resume())
                    .withInit(weights)
                    .withCallbacks(callbacks);
            EngineTrainer trainer = new EngineTrainer(options, plugins, setup(data));
            try (Signals signals = Signals.listen(trainer::stop)) {
                FitResult result = trainer.fit(data.config().model().module(), data.train(), data.validation());
                return world.first()
                        ? report(result, started, signals.exitCode())
                        : result.interrupted() ? signals.exitCode().orElse(ExitCode.OK) : ExitCode.OK;
            }
        }
    }

    private void requireSameData(RunData data) {
        if (place.resume() != null) {
            try (Checkpoint checkpoint = Checkpoint.open(place.resume())) {
                StoredTokenizer.requireSame(checkpoint, data);
                StoredConfig.requireSameNotes(checkpoint, data);
            }
        } else if (weights != null) {
            try (Checkpoint checkpoint = Checkpoint.open(weights)) {
                data.requireMeaning(checkpoint);
            }
        }
    }

    /** What every checkpoint of the run carries, so that it can be used alone. */
    private RunSetup setup(RunData data) {
        return setup.withWorld(world.joined())
                .withNotes(StoredConfig.notes(data))
                .withCompanions(data.companions())
                .withConfig(data.config().withoutOut().yaml());
    }

    /**
     * Says where the run lies, and remembers that it started (a finished one that is resumed does not) and what the last
     * validation measured.
     */
    private final class Started implements Callback {
        private @Nullable RunSummary run;
        private @Nullable Path profile;
        private Map<String, Double> validation = Map.of();

        @Override
        public void onStart(RunSummary summary) {
            run = summary;
            int depth = config.trainer().summaryDepth();
            if (depth != 0 && (!console.json() || summaryAsked)) {
                console.note(summary.model().text(depth).stripTrailing());
            }
            if (config.trainer().fastDevRun() == 0) {
                console.note("run folder: " + place.out());
            }
        }

        @Override
        public void onProfile(Path folder) {
            profile = folder;
        }

        @Override
        public void onValidation(ValidationMetrics metrics) {
            validation = metrics.logged();
        }
    }

    private int report(FitResult result, Started begun, OptionalInt signal) {
        boolean started = begun.run != null;
        FitReport report = new FitReport(result, console);
        Map<String, Object> object = report.object(config.trainer().fastDevRun() == 0 ? place.out() : null);
        RunSummary begin = begun.run;
        if (summaryAsked && begin != null) {
            object.put("model", FitReport.model(begin.model(), config.trainer().summaryDepth()));
        }
        reportProfile(begun, object);
        if (!begun.validation.isEmpty()) {
            object.put("validation", new TreeMap<>(begun.validation));
        }
        if (result.interrupted()) {
            object.put("sample", null);
            report.interrupted(config.trainer().maxSteps(), place.out());
            console.object(object);
            return signal.orElse(ExitCode.OK);
        }
        if (started) {
            report.ended(begun.validation, config.data().table() == null ? "tokens" : "rows");
        } else {
            report.finished();
        }
        report.checkpoints();
        if (config.trainer().fastDevRun() > 0) {
            report.tried(config.trainer().fastDevRun());
        }
        boolean writes = started && config.model() instanceof LanguageModelSpec;
        String sample = writes && result.checkpoint() != null ? sample(result.checkpoint()) : null;
        object.put("sample", sample);
        console.object(object);
        return ExitCode.OK;
    }

    private void reportProfile(Started begun, Map<String, Object> object) {
        if (config.profile().profiling().isPresent()) {
            if (begun.profile != null) {
                ProfileOptions.show(begun.profile, console);
            } else {
                console.note("no step was profiled: the run ended before");
            }
            object.put("profile", Objects.toString(begun.profile, null));
        }
    }

    private String sample(Path checkpoint) {
        Sampling sampling = Sampling.of(0.8, config.trainer().seed()).withTopK(40);
        console.line(String.format(
                Locale.ROOT,
                "a sample (temperature %.1f, top-k %d, seed %d):",
                sampling.temperature(),
                sampling.topK(),
                sampling.seed()));
        int context = config.model() instanceof LanguageModelSpec language
                ? (int) Math.min(SAMPLE_CONTEXT, language.block())
                : SAMPLE_CONTEXT;
        Writing.Request request = Writing.Request.of("\n", SAMPLE_TOKENS, sampling, context);
        return new Writing(plugins, console)
                .write(checkpoint, request)
                .parts()
                .getFirst()
                .text();
    }
}
