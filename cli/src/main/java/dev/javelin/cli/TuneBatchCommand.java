package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.Dataset;
import dev.javelin.api.tuning.BatchFindings;
import dev.javelin.api.tuning.BatchSearch;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.DataSource;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.tune.BatchReport;
import dev.javelin.cli.tune.Memory;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.tune.EngineTuner;
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

/** Finds the largest batch whose plan fits. */
@Command(
        name = "batch",
        description =
                "Finds the largest batch whose plan fits the memory of a rank's device, or with --global-batch the fewest"
                        + " micro-batches that let a batch fit. Compiles only: nothing is allocated or run, and the accelerator"
                        + " 'null' can be asked about devices that are not there.",
        footer = {
            "Examples:",
            "  javelin tune batch --model gpt2-124m --memory 8GiB",
            "  javelin tune batch --model gpt2-124m --memory 8GiB --global-batch 480 --ranks 4 --strategy ddp",
            "  javelin tune batch --model baby --exact --set trainer.accelerator=null --memory 80GB"
        })
final class TuneBatchCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable TuneCommand tune;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RankOptions ranks = new RankOptions();

    @Option(
            names = "--data",
            paramLabel = "FILE_OR_FOLDER",
            description = "Data to train on (data.path), as for fit; only their form matters.")
    private @Nullable String data;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "Memory of one rank's device, for example 8GiB; default: what the accelerator says, and for the CPU"
                            + " without accelerator.cpu.memoryBytes what this machine has available, shared by its ranks.")
    private @Nullable String memory;

    @Option(names = "--exact", description = "Look at all numbers of rows, not only powers of two.")
    private boolean exact;

    @Option(
            names = "--global-batch",
            paramLabel = "B",
            description = "Keep this batch, and find the fewest micro-batches (trainer.accumulate) that let it fit.")
    private @Nullable Long globalBatch;

    @Option(
            names = "--max-rows",
            paramLabel = "N",
            description = "Largest micro-batch of a rank to ask about; default: 1048576.")
    private long mostRows = BatchSearch.standard().mostRows();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (globalBatch != null && (globalBatch < 1 || exact)) {
            throw new ParameterException(
                    command.commandLine(),
                    exact ? "--exact has no effect with --global-batch" : "--global-batch is " + globalBatch);
        }
        List<Setting> own = new ArrayList<>(ranks.settings());
        ConfigOptions.add(own, "--data", "data.path", data);
        RunConfig config = RunConfig.of(options.settings(List.of(), own));
        PluginRegistry plugins = PluginsCommand.registry(requireNonNull(tune).main());
        Job job = new Job(config, plugins);
        job.requirePlugins();
        BatchSearch search = BatchSearch.within(limit(config, job, console))
                .withForm(exact ? BatchSearch.Form.EXACT : BatchSearch.Form.POWER_OF_TWO)
                .withGlobalBatch(globalBatch == null ? 0 : globalBatch)
                .withMostRows(mostRows);
        console.line(BatchReport.header());
        List<Dataset.Field> fields = DataSource.of(config).fields();
        BatchFindings findings = new EngineTuner(config.trainerOptions(), plugins)
                .withListener(candidate -> console.line(BatchReport.line(candidate)))
                .batch(
                        DataSource.of(config).completed().model().module(),
                        fields,
                        config.data().validates() ? fields : null,
                        search);
        BatchReport report =
                new BatchReport(findings, config.trainerOptions().ranks().count());
        report.lines().forEach(console::line);
        console.object(report.object());
        return ExitCode.OK;
    }

    /** 0 if it is the accelerator's affair. */
    private long limit(RunConfig config, Job job, Console console) {
        if (memory != null) {
            return Memory.bytes("--memory", memory);
        }
        long device = job.accelerator().planner(job.acceleratorOptions()).memoryBytes();
        if (device < Long.MAX_VALUE || !config.trainer().accelerator().equals("cpu")) {
            return 0;
        }
        long share = Memory.available() / config.ranks().ranksHere();
        console.note("this machine has " + Memory.text(share) + " available for each of its "
                + config.ranks().ranksHere() + " ranks; the JVM, the data and other programs take from it too");
        return share;
    }
}
