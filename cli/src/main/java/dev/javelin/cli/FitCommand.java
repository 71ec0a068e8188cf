package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.Launching;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.cli.run.RunPlace;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.RunSetup;
import dev.javelin.engine.world.RankFailure;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Trains a model on text or on a table. */
@Command(
        name = "fit",
        description = "Trains a model on text or on a table: without options the small GPT on the bundled book.",
        footer = {
            "Examples:",
            "  javelin fit --max-steps 200 --out runs/first",
            "  javelin fit --data my-texts --model gpt:layers=6,width=192,heads=6 --set trainer.seed=3",
            "  javelin fit --model mlp --data iris.csv --label species --out runs/iris",
            "  javelin fit --resume runs/first --max-steps 400",
            "  javelin fit --data my-texts --fast-dev-run",
            "  javelin fit --max-steps 20 --profile 3",
            "  javelin fit --strategy ddp --ranks 4 --launch processes"
        })
final class FitCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RankOptions ranks = new RankOptions();

    @Mixin
    private ProfileOptions profile = new ProfileOptions();

    @Option(
            names = "--data",
            paramLabel = "FILE_OR_FOLDER",
            description = "Text, or a table for --model mlp, to train on (data.path); the bundled book if it is left"
                    + " out.")
    private @Nullable String data;

    @Option(names = "--label", paramLabel = "COLUMN", description = "Column of a table to predict (data.label).")
    private @Nullable String label;

    @Option(names = "--max-steps", paramLabel = "N", description = "Total number of steps (trainer.maxSteps).")
    private @Nullable String maxSteps;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for metrics and checkpoints (trainer.out); a new one under runs if it is left out.")
    private @Nullable String out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description = "Go on with a run, or from one of its checkpoints; settings are those of the run.")
    private @Nullable Path resume;

    @Option(
            names = "--init",
            paramLabel = "DIR",
            description = "Begin with the weights of a run, a checkpoint or an import, and its model, but with a new"
                    + " optimizer: fine-tuning.")
    private @Nullable Path init;

    @Option(names = "--overwrite", description = "Replace the run that the folder holds.")
    private boolean overwrite;

    @Option(
            names = "--summary-depth",
            paramLabel = "N",
            description = "List the layers down to this depth before the run (trainer.summaryDepth): 1 if nothing is"
                    + " said, -1 for all, 0 for none.")
    private @Nullable String summaryDepth;

    @Option(
            names = "--fast-dev-run",
            arity = "0..1",
            fallbackValue = "1",
            paramLabel = "N",
            description = "Try the run with N steps (1 if nothing is said), a validation and a checkpoint, and leave no"
                    + " file (trainer.fastDevRun).")
    private @Nullable String fastDevRun;

    @Option(names = "--print-config", description = "Print the effective configuration as YAML and do nothing else.")
    private boolean printConfig;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    /** The folder that the launcher of this process chose. */
    @Option(names = "--place", hidden = true)
    private @Nullable Path launched;

    /** The last checkpoint of an attempt before: the launcher goes on from it. */
    @Option(names = "--again", hidden = true)
    private @Nullable Path again;

    /** An attempt before left no checkpoint: a new run begins anew. */
    @Option(names = "--anew", hidden = true)
    private boolean anew;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (again != null) {
            resume = again;
            overwrite = false;
        } else if (anew && resume == null) {
            overwrite = true;
        }
        requireOneBeginning();
        if (resume == null) {
            RunConfig config =
                    RunConfig.of(options.settings(init == null ? List.of() : StoredConfig.model(init), own()));
            Path out = launched == null ? config.trainer().out() : launched;
            return run(config, RunPlace.starting(out, config.model().family(), LocalDateTime.now()), console);
        }
        RunConfig config;
        RunPlace place;
        try (Checkpoint checkpoint = Checkpoint.open(resume)) {
            config = StoredConfig.sameModel(
                    checkpoint, RunConfig.of(options.settings(StoredConfig.settings(checkpoint), own())));
            place = RunPlace.resuming(launched == null ? config.trainer().out() : launched, checkpoint);
        }
        return run(config, place, console);
    }

    private void requireOneBeginning() {
        if (init != null && resume != null && again == null) {
            throw new ParameterException(
                    requireNonNull(command).commandLine(),
                    "--init begins a run with the weights of another, --resume goes on with one: give one of the two");
        }
    }

    private int run(RunConfig config, RunPlace place, Console console) {
        if (printConfig) {
            console.text(config.yaml());
            console.object(config.tree());
            return ExitCode.OK;
        }
        PluginRegistry plugins = PluginsCommand.registry(requireNonNull(main));
        new Job(config, plugins).requirePlugins();
        try (RankWorld world = main.world(config, plugins)) {
            if (world.launching().isPresent()) {
                return launch(world.launching().get(), config, place, console);
            }
            Path out = Path.of(world.fromFirst("fit/out", place.out().toString()));
            RunSetup setup =
                    RunSetup.standard().withExisting(overwrite ? RunSetup.Existing.REPLACE : RunSetup.Existing.REFUSE);
            setup = again == null ? setup : setup.withAgain();
            Path weights = place.resume() == null ? init : null;
            return new Fit(
                            world,
                            new RunPlace(out, place.resume()),
                            weights,
                            setup,
                            plugins,
                            console,
                            summaryDepth != null)
                    .run();
        }
    }

    /** Starts the ranks as processes; again, from the last checkpoint of this job, if one failed and that is allowed. */
    private static int launch(Launching launching, RunConfig config, RunPlace place, Console console) {
        Optional<RunFolder.Found> before = RunFolder.newest(place.out());
        for (int restarts = 0; ; restarts++) {
            List<String> more = new ArrayList<>(List.of("--place", place.out().toString()));
            Optional<RunFolder.Found> saved = RunFolder.newest(place.out())
                    .filter(found -> !Optional.of(found).equals(before));
            if (restarts > 0) {
                more.addAll(saved.map(found -> List.of("--again", found.folder().toString()))
                        .orElse(List.of("--anew")));
            }
            RankFailure failure = null;
            try {
                int code = launching.run(more);
                if (code != ExitCode.RANK) {
                    return code;
                }
            } catch (RankFailure told) {
                failure = told;
            }
            RunFolder.recover(place.out());
            if (restarts == config.ranks().maxRestarts()) {
                if (failure != null) {
                    throw failure;
                }
                return ExitCode.RANK; // the ranks themselves have said why
            }
            console.note((failure == null ? "A rank failed." : failure.getMessage())
                    + " Starting again from the last checkpoint of this job, if it has written one.");
        }
    }

    /** The settings that the command's own options stand for. */
    private List<Setting> own() {
        List<Setting> own = new ArrayList<>(ranks.settings());
        ConfigOptions.add(own, "--data", "data.path", data);
        ConfigOptions.add(own, "--label", "data.label", label);
        ConfigOptions.add(own, "--max-steps", "trainer.maxSteps", maxSteps);
        ConfigOptions.add(own, "--out", "trainer.out", out);
        ConfigOptions.add(own, "--summary-depth", "trainer.summaryDepth", summaryDepth);
        ConfigOptions.add(own, "--fast-dev-run", "trainer.fastDevRun", fastDevRun);
        profile.add(own);
        return own;
    }
}
