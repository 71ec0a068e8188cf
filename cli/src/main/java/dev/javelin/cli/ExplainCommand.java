package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.explain.Explanation;
import dev.javelin.cli.run.Job;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.generate.CachedModel;
import dev.javelin.engine.generate.GenerationOptions;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.models.LanguageModule;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows the programs that a run would execute, without running them. */
@Command(
        name = "explain",
        description = "Shows the lowered programs of a run by unit, the bytes of every value and the peak."
                + " Nothing is allocated or run.",
        footer = {"Example:", "  javelin explain --model gpt:layers=2,width=64,heads=2 --set data.batch=4"})
final class ExplainCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RankOptions ranks = new RankOptions();

    @Option(
            names = "--generate",
            description = "The programs of generation instead, with a cache of all positions that the model has.")
    private boolean generate;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        RunConfig config = RunConfig.of(options.settings(List.of(), ranks.settings()));
        Job job = new Job(config, PluginsCommand.registry(requireNonNull(main)));
        Compilation compilation = generate ? generation(config, job) : job.compile();
        Explanation explanation = new Explanation(config, compilation);
        if (console.json()) {
            console.object(explanation.object());
        } else {
            explanation.lines().forEach(console::line);
        }
        return ExitCode.OK;
    }

    private static Compilation generation(RunConfig config, Job job) {
        if (!(config.model() instanceof LanguageModelSpec language)) {
            throw new JavelinException(
                    "JVL-CFG-0057",
                    "a model of family '" + config.model().family() + "' writes no text",
                    "leave --generate out, or choose a language model");
        }
        job.requirePlugins();
        LanguageModule module = language.module();
        GenerationOptions form = GenerationOptions.of(config.trainer().types(), module);
        return CachedModel.compile(
                module, form, job.strategy(), job.accelerator().planner(job.acceleratorOptions()));
    }
}
