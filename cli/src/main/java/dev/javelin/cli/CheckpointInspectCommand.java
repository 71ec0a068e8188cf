package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.exchange.Inspection;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a checkpoint or a folder of safetensors files holds. */
@Command(
        name = "inspect",
        description = "Shows the tensors, the step and the configuration of a checkpoint, or the tensors of safetensors"
                + " files.",
        footer = {"Example:", "  javelin checkpoint inspect runs/first"})
final class CheckpointInspectCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "PATH",
            description = "Folder of a run (its newest checkpoint), of a checkpoint or of safetensors files, or such a"
                    + " file.")
    private @Nullable Path path;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        Inspection inspection = Inspection.of(requireNonNull(path));
        if (console.json()) {
            console.object(inspection.object());
        } else {
            inspection.lines().forEach(console::line);
        }
        return ExitCode.OK;
    }
}
