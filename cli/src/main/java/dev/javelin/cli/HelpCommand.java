package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.plugin.Nearest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code help bench step} is {@code bench step --help}. */
@Command(name = "help", description = "Shows the help of a command: help [COMMAND]...")
final class HelpCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "The command, for example: bench step.")
    private List<String> words = List.of();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        CommandLine target = command.root().commandLine();
        for (String word : words) {
            Map<String, CommandLine> known = target.getSubcommands();
            if (!known.containsKey(word)) {
                throw new JavelinException(
                        "JVL-CFG-0050",
                        target.getCommandSpec().qualifiedName() + ": unknown command '" + word + "'"
                                + Nearest.hint(word, known.keySet()),
                        "there are: " + known.keySet());
            }
            target = known.get(word);
        }
        String text = target.getUsageMessage();
        if (console.json()) {
            console.object(Map.of("help", text));
        } else {
            console.line(text.stripTrailing());
        }
        return ExitCode.OK;
    }
}
