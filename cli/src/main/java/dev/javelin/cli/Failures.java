package dev.javelin.cli;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.plugin.Nearest;
import dev.javelin.engine.world.RankFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns errors into a line for people (or an object for programs) and an exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private final boolean json;
    private final boolean stacktrace;
    private final boolean launched;

    /** Looks at the raw words, because an error may come before they are parsed. */
    Failures(List<String> arguments) {
        this.json = arguments.contains("--json");
        this.stacktrace = arguments.contains("--stacktrace");
        this.launched = arguments.contains("--seat");
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        if (failure instanceof JavelinException error) {
            report(error, command);
            return ExitCode.of(error);
        }
        return unexpected(failure, command);
    }

    /** Reports what is no exception, which picocli lets pass. */
    int handleError(Error failure, CommandLine command) {
        return unexpected(failure, command);
    }

    private int unexpected(Throwable failure, CommandLine command) {
        Console console = Console.of(command, json);
        console.note("An unexpected error; please report it with the lines below.");
        failure.printStackTrace(command.getErr());
        command.getErr().flush();
        console.object(error("JVL-CLI-0001", String.valueOf(failure), "report it with the trace on stderr"));
        return ExitCode.FAILED;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        if (failure.getCause() instanceof JavelinException error) {
            report(error, command);
            return ExitCode.of(error);
        }
        String call = command.getCommandSpec().qualifiedName();
        String remedy = failure instanceof UnmatchedArgumentException unmatched ? nearest(unmatched) : "";
        report(
                new JavelinException(
                        "JVL-CFG-0050",
                        problem(failure),
                        remedy.isEmpty() ? "run '" + call + " --help' to see what there is" : remedy),
                command);
        return ExitCode.USAGE;
    }

    private void report(JavelinException error, CommandLine command) {
        if (launched && error instanceof RankFailure) {
            return; // the launcher says it, once for all
        }
        Console console = Console.of(command, json);
        console.note(String.valueOf(error.getMessage()));
        if (stacktrace) {
            error.printStackTrace(command.getErr());
        }
        console.object(error(error.code(), error.problem(), error.remedy()));
    }

    private static Map<String, Object> error(String code, String message, String remedy) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        error.put("remedy", remedy);
        return Map.of("error", error);
    }

    /** Picocli's message, of which only the first line is for a line. */
    private static String problem(ParameterException failure) {
        String call = failure.getCommandLine().getCommandSpec().qualifiedName();
        String text = String.valueOf(failure.getMessage()).lines().findFirst().orElse("wrong usage");
        if (failure instanceof UnmatchedArgumentException unmatched) {
            return call + ": unknown " + kind(unmatched) + " '"
                    + unmatched.getUnmatched().getFirst() + "'";
        }
        return call + ": " + (text.endsWith(".") ? text.substring(0, text.length() - 1) : text);
    }

    private static String kind(UnmatchedArgumentException failure) {
        boolean option = failure.getUnmatched().getFirst().startsWith("-");
        return option ? "option" : commands(failure).isEmpty() ? "argument" : "command";
    }

    private static String nearest(UnmatchedArgumentException failure) {
        String word = failure.getUnmatched().getFirst();
        CommandSpec spec = failure.getCommandLine().getCommandSpec();
        boolean option = word.startsWith("-");
        List<String> known = option ? options(spec) : commands(failure);
        int value = word.indexOf('=');
        Optional<String> near = Nearest.of(option && value > 0 ? word.substring(0, value) : word, known);
        if (known.isEmpty()) {
            return "";
        }
        return near.map(found -> "did you mean '" + found + "'? ").orElse("")
                + (near.isPresent() ? "There are: " : "there are: ")
                + String.join(", ", known);
    }

    private static List<String> options(CommandSpec spec) {
        List<String> names = new ArrayList<>();
        spec.options().stream().filter(option -> !option.hidden()).forEach(option -> names.add(option.longestName()));
        return names.stream().sorted().toList();
    }

    private static List<String> commands(UnmatchedArgumentException failure) {
        return failure.getCommandLine().getCommandSpec().subcommands().keySet().stream()
                .sorted()
                .toList();
    }
}
