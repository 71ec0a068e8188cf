package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry point of {@code javelin}: hands the words of the command line to picocli and exits with its code. */
@Command(
        name = "javelin",
        mixinStandardHelpOptions = true,
        version = "javelin 0.1.0-SNAPSHOT",
        description = "Trains very large neural networks from Java.",
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
    /** Where Javelin lies, with its plugins folder; the launcher passes it before the command. */
    @Option(names = "--home", hidden = true)
    private @Nullable Path home;

    @Spec
    private @Nullable CommandSpec command;

    private Main() {}

    /** Runs one command; the exit code is 0 for success and 2 for a mistake on the command line. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    /** Called when no command is named, which is a mistake. */
    @Override
    public void run() {
        throw new ParameterException(requireNonNull(command).commandLine(), "A command is missing.");
    }
}
