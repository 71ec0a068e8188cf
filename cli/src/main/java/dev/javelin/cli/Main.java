package dev.javelin.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry point of {@code javelin}: hands the words of the command line to picocli and exits with its code. */
@Command(
        name = "javelin",
        mixinStandardHelpOptions = true,
        version = "javelin 0.1.0-SNAPSHOT",
        description = "Trains very large neural networks from Java.",
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private Main() {}

    /** Runs one command; the exit code is 0 for success and 2 for a mistake on the command line. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
