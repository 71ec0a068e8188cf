package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.run.CheckpointChoice;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Predicts the rows of a table with a trained model. */
@Command(
        name = "predict",
        description = "Predicts the rows of a table with a model that was trained on one.",
        footer = {"Example:", "  javelin predict --checkpoint runs/iris --data new.csv --out predictions.csv"})
final class PredictCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            required = true,
            description = "Folder of a run (its newest checkpoint, or --which) or of a checkpoint.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--which",
            paramLabel = "CHECKPOINT",
            defaultValue = CheckpointChoice.NEWEST,
            description = "Of a run: newest, best (by validation loss) or a step; default: ${DEFAULT-VALUE}.")
    private String which = CheckpointChoice.NEWEST;

    @Option(
            names = "--data",
            paramLabel = "FILE_OR_FOLDER",
            required = true,
            description = "The table; columns are found by name, and the one that is predicted may be missing.")
    private @Nullable Path data;

    @Option(
            names = "--out",
            paramLabel = "FILE.csv",
            description = "Where the table goes, with the predictions behind its columns; stdout if it is left out.")
    private @Nullable Path out;

    @Option(names = "--overwrite", description = "Replace the file.")
    private boolean overwrite;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        if (out == null && console.json()) {
            throw new ParameterException(command.commandLine(), "--json needs --out FILE.csv for the predictions");
        }
        Predicting predicting = new Predicting(PluginsCommand.registry(requireNonNull(main)), console);
        Path from = CheckpointChoice.folder(requireNonNull(checkpoint), which);
        console.object(predicting.run(from, requireNonNull(data), out, overwrite, device.settings()));
        return ExitCode.OK;
    }
}
