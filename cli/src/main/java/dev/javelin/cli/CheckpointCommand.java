package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done with checkpoints besides training and using them. */
@Command(
        name = "checkpoint",
        description = "Shows what a checkpoint holds, and exchanges weights with other systems.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {CheckpointInspectCommand.class, CheckpointExportCommand.class, CheckpointImportCommand.class})
final class CheckpointCommand implements Runnable {
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
