package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.bench.GenerateBench;
import dev.javelin.cli.bench.GenerateReport;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.Job;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures generation. */
@Command(
        name = "generate",
        description =
                "Measures how fast a model with random weights reads a prompt (prefill) and then token by token"
                        + " (decode), in turns with reading the whole text for each token and with adding vectors on the device.",
        footer = {
            "ratioToVectors: what a decode step reads (weights, and the cache as far as it is filled) by its time,",
            "beside what adding two vectors reads and writes. It can exceed 1: a decode step writes next to nothing.",
            "Example:",
            "  javelin bench generate --model gpt2-124m --threads 2 --json"
        })
final class BenchGenerateCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable BenchCommand bench;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--prompts",
            paramLabel = "B",
            defaultValue = "1",
            description = "Texts side by side; default: ${DEFAULT-VALUE}.")
    private int prompts = 1;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens of a prompt, read at once; default: ${DEFAULT-VALUE}.")
    private int promptTokens = 64;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens read one by one after it; default: ${DEFAULT-VALUE}.")
    private int tokens = 64;

    @Option(
            names = "--turns",
            paramLabel = "N",
            defaultValue = "5",
            description = "How often each is measured; the median counts; default: ${DEFAULT-VALUE}.")
    private int turns = 5;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (prompts < 1 || promptTokens < 2 || tokens < 1 || turns < 1) {
            throw new ParameterException(
                    command.commandLine(),
                    "--prompts, --tokens and --turns must be 1 or more, --prompt-tokens 2 or more");
        }
        Setting none = new Setting("data.validation", "0", "bench");
        RunConfig config = RunConfig.of(options.settings(List.of(), List.of(none)));
        int count = config.trainer().threads() > 0
                ? config.trainer().threads()
                : Runtime.getRuntime().availableProcessors();
        Job job = new Job(
                config.withHostThreads(count),
                PluginsCommand.registry(requireNonNull(bench).main()));
        GenerateBench.Form form = new GenerateBench.Form(prompts, promptTokens, tokens, count, turns);
        GenerateReport report = new GenerateBench(config, job, form, console::note).run();
        console.line(String.format(
                Locale.ROOT,
                "%s, %d x %d tokens and %d more, %s, %d threads: prefill %,.0f tokens/s, decode %,.1f tokens/s,"
                        + " %,.1f if the text is recomputed",
                report.model(),
                report.prompts(),
                report.promptTokens(),
                report.tokens(),
                report.precision(),
                report.threads(),
                report.prefillTokensPerSecond(),
                report.decodeTokensPerSecond(),
                report.recomputedTokensPerSecond()));
        console.line(String.format(
                Locale.ROOT,
                "decode reads %.1f GB/s, adding vectors moves %.1f: ratio %.2f; peak device memory: %,d bytes predicted, %,d measured",
                report.decodeGigabytesPerSecond(),
                report.vectorGigabytesPerSecond(),
                report.ratioToVectors(),
                report.predictedPeakDeviceBytes(),
                report.peakDeviceBytes()));
        console.object(report.object());
        return ExitCode.OK;
    }
}
