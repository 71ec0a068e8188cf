package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What data consist of, and making it. */
@Command(
        name = "data",
        description = "Prepares text for training, and shows what data consist of.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DataPrepareCommand.class, DataInspectCommand.class})
final class DataCommand implements Runnable {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    /** Called when no subcommand is named, which is a mistake. */
    @Override
    public void run() {
        throw new ParameterException(requireNonNull(command).commandLine(), "a command is missing");
    }
}
