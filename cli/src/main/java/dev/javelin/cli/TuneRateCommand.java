package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.tuning.RateFindings;
import dev.javelin.api.tuning.RateSearch;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.DataSource;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.cli.run.RunData;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.cli.tune.RateReport;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.tune.EngineTuner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Finds a learning rate by a range test. */
@Command(
        name = "lr",
        description =
                "Finds a learning rate: trains for some steps while it grows from step to step, and suggests the one at"
                        + " which the loss falls fastest. Nothing is kept of that training.",
        footer = {
            "Examples:",
            "  javelin tune lr",
            "  javelin tune lr --config run.yaml --min 1e-6 --max 10 --steps 200 --out rates"
        })
final class TuneRateCommand implements Callable<Integer> {
    private static final int NOTES = 10;

    @ParentCommand
    private @Nullable TuneCommand tune;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RankOptions ranks = new RankOptions();

    @Option(
            names = "--data",
            paramLabel = "FILE_OR_FOLDER",
            description = "Data to train on (data.path), as for fit; the bundled book if it is left out.")
    private @Nullable String data;

    @Option(names = "--min", paramLabel = "RATE", description = "First rate; default: 1e-7.")
    private double least = RateSearch.standard().least();

    @Option(names = "--max", paramLabel = "RATE", description = "Last rate; default: 1.")
    private double most = RateSearch.standard().most();

    @Option(names = "--steps", paramLabel = "N", description = "Number of rates, one step each; default: 100.")
    private int steps = RateSearch.standard().steps();

    @Option(
            names = "--smoothing",
            paramLabel = "W",
            description = "Weight of the losses before, from 0 to below 1; default: 0.9.")
    private double smoothing = RateSearch.standard().smoothing();

    @Option(
            names = "--divergence",
            paramLabel = "F",
            description = "Stop when the smoothed loss is F times its lowest; 0 never; default: 4.")
    private double divergence = RateSearch.standard().divergence();

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description = "Begin from a run's or a checkpoint's weights, with its settings; it stays as it is.")
    private @Nullable Path resume;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Write " + RateReport.CSV + " and " + RateReport.SVG + " into this folder.")
    private @Nullable Path out;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        RateSearch search = RateSearch.standard()
                .withRange(least, most)
                .withSteps(steps)
                .withSmoothing(smoothing)
                .withDivergence(divergence);
        List<Setting> own = new ArrayList<>(ranks.settings());
        ConfigOptions.add(own, "--data", "data.path", data);
        RunConfig config = RunConfig.of(options.settings(stored(), own));
        Main main = requireNonNull(tune).main();
        PluginRegistry plugins = PluginsCommand.registry(main);
        new Job(config, plugins).requirePlugins();
        try (RankWorld world = main.world(config, plugins)) {
            if (world.launching().isPresent()) {
                return world.launching().get().run(List.of());
            }
            RateFindings findings = test(world, plugins, search, console);
            if (world.first()) {
                report(new RateReport(findings), console);
            }
            return ExitCode.OK;
        }
    }

    private List<Setting> stored() {
        if (resume == null) {
            return List.of();
        }
        try (Checkpoint checkpoint = Checkpoint.open(resume)) {
            return StoredConfig.settings(checkpoint);
        }
    }

    private RateFindings test(RankWorld world, PluginRegistry plugins, RateSearch search, Console console) {
        try (RunData rows =
                DataSource.of(world.config(), new PreparationProgress(console)).open()) {
            Callback progress = new Callback() {
                @Override
                public boolean onStep(StepMetrics metrics) {
                    if (metrics.step() % Math.max(1, search.steps() / NOTES) == 0) {
                        console.note(String.format(
                                Locale.ROOT,
                                "step %d, rate %.2e, loss %.4f",
                                metrics.step(),
                                metrics.learningRate(),
                                metrics.loss()));
                    }
                    return true;
                }
            };
            return new EngineTuner(
                            rows.config().trainerOptions().withResume(resume).withCallbacks(List.of(progress)), plugins)
                    .withWorld(world.joined())
                    .learningRate(rows.config().model().module(), rows.train(), search);
        }
    }

    private void report(RateReport report, Console console) {
        report.lines().forEach(console::line);
        Map<String, Object> object = new LinkedHashMap<>(report.object());
        object.put("out", out == null ? null : out.toAbsolutePath().toString());
        if (out != null) {
            report.write(out);
            console.line("points and drawing: " + out.toAbsolutePath());
        }
        console.object(object);
    }
}
