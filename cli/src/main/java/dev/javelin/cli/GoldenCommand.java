package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.Precision;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.tck.golden.GoldenCase;
import dev.javelin.tck.golden.GoldenReport;
import dev.javelin.tck.golden.GoldenRun;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
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
        footer = {"Example:", "  javelin tck golden gpt-tiny.safetensors --precision 64-true --json"})
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

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the accelerator.")
    private @Nullable String threads;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        Precision compute = Precision.of(precision);
        PluginRegistry plugins = PluginsCommand.registry(requireNonNull(tck).main());
        Strategy plan = plugins.strategy(strategy).strategy(PluginKind.STRATEGY.options(Plugin.named(strategy)));
        Plugin chosen = Plugin.named(accelerator);
        Options options = PluginKind.ACCELERATOR.options(threads == null ? chosen : chosen.with("threads", threads));
        GoldenReport report;
        try (GoldenCase golden = GoldenCase.open(requireNonNull(file));
                Accelerator device = plugins.accelerator(accelerator).open(options)) {
            report = GoldenRun.run(golden, compute, device, plan);
        }
        console.line(String.format(
                Locale.ROOT,
                "%s %s: loss error %.3g, gradient error %.3g, weight error %.3g, weights %s: %s",
                report.name(),
                report.precision().label(),
                report.lossError(),
                report.gradientError(),
                report.weightError(),
                report.weightsSha256(),
                report.pass() ? "pass" : "FAIL"));
        console.object(object(report));
        return report.pass() ? ExitCode.OK : ExitCode.FAILED;
    }

    private static Map<String, Object> object(GoldenReport report) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("case", report.name());
        object.put("precision", report.precision().label());
        object.put("lossError", report.lossError());
        object.put("gradientError", report.gradientError());
        object.put("weightError", report.weightError());
        object.put("weightsSha256", report.weightsSha256());
        object.put("pass", report.pass());
        return object;
    }
}
