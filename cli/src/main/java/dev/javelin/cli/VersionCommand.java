package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the versions of Javelin and of the JVM it runs on. */
@Command(name = "version", description = "Prints the versions of Javelin and Java.")
final class VersionCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        for (String line : new Main.Version().getVersion()) {
            console.line(line);
        }
        console.object(Main.versions());
        return ExitCode.OK;
    }
}
