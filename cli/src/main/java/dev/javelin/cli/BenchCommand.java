package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measurements. */
@Command(
        name = "bench",
        description = "Measures.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchStepCommand.class,
            BenchGenerateCommand.class,
            BenchDeviceCommand.class,
            BenchAllReduceCommand.class
        })
final class BenchCommand implements Runnable {
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
