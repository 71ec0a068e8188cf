package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.bench.DeviceBench;
import dev.javelin.cli.bench.DeviceReport;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.Job;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures a device's kernels and copies beside its limits. */
@Command(
        name = "device",
        description = "Measures an accelerator: a large matrix product, copies within it and to and from the host, and"
                + " every instruction of a model's training step alone, beside these limits.",
        footer = {
            "of limit: the least time that an instruction's arithmetic and memory traffic take at the limits, by its time;",
            "what finds its data in a cache can be above 100 %.",
            "Examples:",
            "  javelin bench device --model gpt2-124m --batch 4 --block 256 --threads 2",
            "  javelin bench device --accelerator cuda --model gpt2-124m --precision bf16-mixed --batch 32 --json"
        })
final class BenchDeviceCommand implements Callable<Integer> {
    private static final int MOST_SECONDS = 60;

    @ParentCommand
    private @Nullable BenchCommand bench;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--batch", paramLabel = "B", description = "Rows of a step (data.batch).")
    private @Nullable String batch;

    @Option(names = "--block", paramLabel = "T", description = "Tokens of a row (data.block).")
    private @Nullable String block;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "0.3",
            description = "For which each instruction is measured at least; default: ${DEFAULT-VALUE}.")
    private double seconds = 0.3;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (!(seconds > 0 && seconds <= MOST_SECONDS)) {
            throw new ParameterException(
                    command.commandLine(), "--seconds must be more than 0 and at most " + MOST_SECONDS);
        }
        List<Setting> own = new ArrayList<>();
        ConfigOptions.add(own, "--batch", "data.batch", batch);
        ConfigOptions.add(own, "--block", "data.block", block);
        own.add(new Setting("data.validation", "0", "bench"));
        RunConfig config = RunConfig.of(options.settings(List.of(), own));
        Job job = new Job(config, PluginsCommand.registry(requireNonNull(bench).main()));
        DeviceReport report = new DeviceBench(config, job, seconds, console::note).run();
        report.lines().forEach(console::line);
        console.object(report.object());
        return ExitCode.OK;
    }
}
