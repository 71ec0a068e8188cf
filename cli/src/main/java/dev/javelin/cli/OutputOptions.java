package dev.javelin.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that every command has. */
final class OutputOptions {
    @Option(
            names = "--json",
            description = "Print the result as one JSON object on one line of stdout, everything else on stderr.")
    private boolean json;

    @Option(names = "--stacktrace", description = "Show where in the program an error came from.")
    private boolean stacktrace;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    private boolean version;

    /** Whether the result is asked for as JSON. */
    boolean json() {
        return json;
    }

    Console console(CommandSpec command) {
        return Console.of(command.commandLine(), json);
    }
}
