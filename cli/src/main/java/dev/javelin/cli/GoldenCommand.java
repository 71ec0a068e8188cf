package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.trainer.Precision;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Member;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.tck.golden.GoldenCase;
import dev.javelin.tck.golden.GoldenReport;
import dev.javelin.tck.golden.GoldenRun;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Repeats a training that PyTorch has computed and judges the differences. */
@Command(
        name = "golden",
        description = "Repeats a golden training from the same weights on the same batches, and judges losses, first"
                + " gradients and final weights. Exit code 1 if they differ too much.",
        footer = {
            "Examples:",
            "  javelin tck golden gpt-tiny.safetensors --precision 64-true --json",
            "  javelin tck golden gpt-tiny.safetensors --strategy ddp --ranks 4 --launch processes"
        })
final class GoldenCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable TckCommand tck;

    @Parameters(
            paramLabel = "CASE.safetensors",
            description = "Weights, gradients and batches; CASE.json lies beside it.")
    private @Nullable Path file;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "32-true",
            description = "32-true or 64-true; default: ${DEFAULT-VALUE}.")
    private String precision = Precision.TRUE_32.label();

    @Option(
            names = "--accelerator",
            paramLabel = "NAME",
            defaultValue = "cpu",
            description = "Where it runs; default: ${DEFAULT-VALUE}.")
    private String accelerator = "cpu";

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "single",
            description = "How it is spread; default: ${DEFAULT-VALUE}.")
    private String strategy = "single";

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the accelerator, of each rank.")
    private @Nullable String threads;

    @Mixin
    private RankOptions ranks = new RankOptions();

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Set one key, for example of a plugin's options.")
    private List<String> set = List.of();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        Precision compute = Precision.of(precision);
        Main main = requireNonNull(tck).main();
        PluginRegistry plugins = PluginsCommand.registry(main);
        RunConfig config = RunConfig.of(settings());
        try (RankWorld world = main.world(config, plugins)) {
            Job job = new Job(world.config(), plugins);
            job.requirePlugins();
            if (world.launching().isPresent()) {
                return world.launching().get().run(List.of());
            }
            List<Ranked> all = world.run((device, team) -> run(compute, device, job.strategy(), team));
            return world.first() ? report(console, all.getFirst(), world.ranks()) : ExitCode.OK;
        }
    }

    /** What one rank found, and whether all ranks have its weights. */
    private record Ranked(GoldenReport report, List<String> weights) {
        boolean alike() {
            return weights.stream().distinct().count() == 1;
        }

        boolean pass() {
            return report.pass() && alike();
        }
    }

    private Ranked run(Precision compute, Accelerator device, Strategy plan, @Nullable Team team) {
        try (GoldenCase golden = GoldenCase.open(requireNonNull(file))) {
            if (team == null) {
                GoldenReport report = GoldenRun.run(golden, compute, device, plan);
                return new Ranked(report, List.of(report.weightsSha256()));
            }
            GoldenReport report = GoldenRun.run(golden, compute, device, plan, team);
            Member member = team.member();
            member.put("golden/" + member.rank(), report.weightsSha256().getBytes(StandardCharsets.US_ASCII));
            List<String> weights = IntStream.range(0, member.size())
                    .mapToObj(rank -> new String(member.get("golden/" + rank), StandardCharsets.US_ASCII))
                    .toList();
            return new Ranked(report, weights);
        }
    }

    private List<Setting> settings() {
        List<Setting> settings = new ArrayList<>(ranks.settings());
        ConfigOptions.add(settings, "--precision", "trainer.precision", precision);
        ConfigOptions.add(settings, "--accelerator", "trainer.accelerator", accelerator);
        ConfigOptions.add(settings, "--strategy", "trainer.strategy", strategy);
        ConfigOptions.add(settings, "--threads", "trainer.threads", threads);
        set.forEach(assignment -> settings.add(Setting.parse(assignment)));
        return settings;
    }

    private static int report(Console console, Ranked outcome, int ranks) {
        GoldenReport report = outcome.report();
        console.line(String.format(
                Locale.ROOT,
                "%s %s%s: loss error %.3g, gradient error %.3g, weight error %.3g, weights %s%s: %s",
                report.name(),
                report.precision().label(),
                ranks == 1 ? "" : ", " + ranks + " ranks",
                report.lossError(),
                report.gradientError(),
                report.weightError(),
                report.weightsSha256(),
                outcome.alike() ? "" : ", which DIFFER between ranks: " + outcome.weights(),
                outcome.pass() ? "pass" : "FAIL"));
        console.object(object(outcome, ranks));
        return outcome.pass() ? ExitCode.OK : ExitCode.FAILED;
    }

    private static Map<String, Object> object(Ranked outcome, int ranks) {
        GoldenReport report = outcome.report();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("case", report.name());
        object.put("precision", report.precision().label());
        object.put("ranks", ranks);
        object.put("lossError", report.lossError());
        object.put("gradientError", report.gradientError());
        object.put("weightError", report.weightError());
        object.put("weightsSha256", report.weightsSha256());
        object.put("weightsEqualOnAllRanks", outcome.alike());
        object.put("pass", outcome.pass());
        return object;
    }
}
