package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.cli.run.RunPlace;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.RunSetup;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Trains a model on text. */
@Command(
        name = "fit",
        description = "Trains a model on text: without options the small GPT on the bundled book.",
        footer = {
            "Examples:",
            "  javelin fit --max-steps 200 --out runs/first",
            "  javelin fit --data my-texts --model gpt:layers=6,width=192,heads=6 --set trainer.seed=3",
            "  javelin fit --resume runs/first --max-steps 400",
            "  javelin fit --strategy ddp --ranks 4 --launch processes"
        })
final class FitCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RankOptions ranks = new RankOptions();

    @Option(
            names = "--data",
            paramLabel = "FILE_OR_FOLDER",
            description = "Text to train on (data.path); the bundled book if it is left out.")
    private @Nullable String data;

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

    @Option(names = "--overwrite", description = "Replace the run that the folder holds.")
    private boolean overwrite;

    @Option(names = "--print-config", description = "Print the effective configuration as YAML and do nothing else.")
    private boolean printConfig;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (resume == null) {
            RunConfig config = RunConfig.of(options.settings(List.of(), own()));
            return run(
                    config,
                    RunPlace.starting(config.trainer().out(), config.model().family(), LocalDateTime.now()),
                    console);
        }
        RunConfig config;
        RunPlace place;
        try (Checkpoint checkpoint = Checkpoint.open(resume)) {
            config = RunConfig.of(options.settings(StoredConfig.settings(checkpoint), own()));
            StoredConfig.requireSameModel(checkpoint, config);
            place = RunPlace.resuming(config.trainer().out(), checkpoint);
        }
        return run(config, place, console);
    }

    private int run(RunConfig config, RunPlace place, Console console) {
        if (printConfig) {
            console.text(config.yaml());
            console.object(config.tree());
            return ExitCode.OK;
        }
        RunSetup setup = RunSetup.standard()
                .withNotes(StoredConfig.notes(config))
                .withConfig(config.withoutOut().yaml())
                .withExisting(overwrite ? RunSetup.Existing.REPLACE : RunSetup.Existing.REFUSE);
        PluginRegistry plugins = PluginsCommand.registry(requireNonNull(main));
        try (RankWorld world = main.world(config, plugins)) {
            return new Fit(world, place, setup, plugins, console).run();
        }
    }

    /** The settings that the command's own options stand for. */
    private List<Setting> own() {
        List<Setting> own = new ArrayList<>(ranks.settings());
        ConfigOptions.add(own, "--data", "data.path", data);
        ConfigOptions.add(own, "--max-steps", "trainer.maxSteps", maxSteps);
        ConfigOptions.add(own, "--out", "trainer.out", out);
        return own;
    }
}
