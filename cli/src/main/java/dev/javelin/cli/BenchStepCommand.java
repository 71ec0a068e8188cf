package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.bench.RanksBench;
import dev.javelin.cli.bench.RanksReport;
import dev.javelin.cli.bench.StepBench;
import dev.javelin.cli.bench.StepReport;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.engine.plugin.PluginRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures training steps beside what the machine's matrix products allow. */
@Command(
        name = "step",
        description =
                "Measures training steps on random tokens, in turns with the matrix products of the step: by the"
                        + " accelerator's own kernels and, on the CPU, by OpenBLAS with its own threads in a process of its own.",
        footer = {
            "ratio = gflopsPerSecond / sgemmGflopsPerSecond; a step counts 6 N + 12 L C T operations a token,",
            "N without the position table.",
            "With several ranks: their steps in turns with those of one rank that has all their threads.",
            "Examples:",
            "  javelin bench step --model baby --threads 2 --json",
            "  javelin bench step --model baby --strategy ddp --ranks 2 --threads 1"
        })
final class BenchStepCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable BenchCommand bench;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RankOptions ranks = new RankOptions();

    @Mixin
    private ProfileOptions profile = new ProfileOptions();

    @Option(names = "--batch", paramLabel = "B", description = "Rows of a step (data.batch).")
    private @Nullable String batch;

    @Option(names = "--block", paramLabel = "T", description = "Tokens of a row (data.block).")
    private @Nullable String block;

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
        List<Setting> own = new ArrayList<>(ranks.settings());
        ConfigOptions.add(own, "--batch", "data.batch", batch);
        ConfigOptions.add(own, "--block", "data.block", block);
        own.add(new Setting("data.validation", "0", "bench"));
        profile.add(own);
        RunConfig config = RunConfig.of(options.settings(List.of(), own));
        int threads = config.trainer().threads() > 0
                ? config.trainer().threads()
                : Runtime.getRuntime().availableProcessors();
        Main main = requireNonNull(bench).main();
        PluginRegistry plugins = PluginsCommand.registry(main);
        try (RankWorld world = main.world(config, plugins)) {
            if (world.launching().isPresent()) {
                return world.launching().get().run(List.of());
            }
            if (world.ranks() > 1) {
                return ranks(world, plugins, console);
            }
        }
        return one(config, plugins, threads, console);
    }

    private int ranks(RankWorld world, PluginRegistry plugins, Console console) {
        int configured = world.config().trainer().threads();
        int threads =
                configured > 0 ? configured : Math.max(1, Runtime.getRuntime().availableProcessors() / world.ranks());
        RanksReport report = new RanksBench(world, plugins, threads, Math.max(1, turns), console::note).run();
        if (!world.first()) {
            return ExitCode.OK;
        }
        console.line(String.format(
                Locale.ROOT,
                "%s, batch %d x %d, %s over %s: %d ranks of %d threads %,.0f tokens/s, one rank of %d threads %,.0f;"
                        + " ratio %.3f",
                report.model(),
                report.batch(),
                report.block(),
                report.strategy(),
                report.communicator(),
                report.ranks(),
                report.threads(),
                report.tokensPerSecond(),
                report.ranks() * report.threads(),
                report.oneRankTokensPerSecond(),
                report.ratio()));
        console.line(String.format(
                Locale.ROOT,
                "each rank sends %,d bytes a step, %.1f %% of its time exposed; peak device memory of the first rank:"
                        + " %,d bytes predicted",
                report.sentBytes(),
                100 * report.exposedShare(),
                report.predictedPeakDeviceBytes()));
        report.profile().ifPresent(folder -> ProfileOptions.show(folder, console));
        console.object(report.object());
        return ExitCode.OK;
    }

    private int one(RunConfig config, PluginRegistry plugins, int threads, Console console) {
        Job job = new Job(config.withHostThreads(threads), plugins);
        StepReport report = new StepBench(config, job, threads, Math.max(1, turns), console::note).run();
        console.line(String.format(
                Locale.ROOT,
                "%s, batch %d x %d, %s, %d threads: %,.0f tokens/s, %.1f GFLOP/s",
                report.model(),
                report.batch(),
                report.block(),
                report.precision(),
                report.threads(),
                report.tokensPerSecond(),
                report.gflopsPerSecond()));
        console.line(String.format(
                Locale.ROOT,
                "matrix products: own %.1f GFLOP/s%s; ratio %.3f",
                report.ownSgemm(),
                report.openBlas() > 0 ? String.format(Locale.ROOT, ", OpenBLAS %.1f", report.openBlas()) : "",
                report.ratio()));
        console.line(String.format(
                Locale.ROOT,
                "peak device memory: %,d bytes predicted, %,d measured; peak resident %,d bytes",
                report.predictedPeakDeviceBytes(),
                report.peakDeviceBytes(),
                report.peakResidentBytes()));
        report.profile().ifPresent(folder -> ProfileOptions.show(folder, console));
        console.object(report.object());
        return ExitCode.OK;
    }
}
