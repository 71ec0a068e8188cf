package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Settings found instead of guessed. */
@Command(
        name = "tune",
        description = "Finds settings of a training: its learning rate, its batch. No run is touched.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TuneRateCommand.class, TuneBatchCommand.class})
final class TuneCommand implements Runnable {
    @ParentCommand
    private @Nullable Main main;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    Main main() {
        return requireNonNull(main);
    }

    /** Called when no subcommand is named, which is a mistake. */
    @Override
    public void run() {
        throw new ParameterException(requireNonNull(command).commandLine(), "a command is missing");
    }
}
