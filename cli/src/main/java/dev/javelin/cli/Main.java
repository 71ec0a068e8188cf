package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.engine.plugin.PluginRegistry;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The entry point of {@code javelin}: hands the words of the command line to picocli and exits with its code. */
@Command(
        name = "javelin",
        description = "Trains very large neural networks from Java.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = Main.Version.class,
        scope = CommandLine.ScopeType.INHERIT,
        usageHelpAutoWidth = true,
        sortOptions = false,
        subcommands = {
            FitCommand.class,
            GenerateCommand.class,
            PredictCommand.class,
            CheckpointCommand.class,
            DataCommand.class,
            ExplainCommand.class,
            TuneCommand.class,
            BenchCommand.class,
            PluginsCommand.class,
            TckCommand.class,
            JavaArgsCommand.class,
            HelpCommand.class,
            VersionCommand.class
        })
public final class Main implements Runnable {
    /** Where Javelin lies, with its plugins folder; the launcher passes it before the command. */
    @Option(names = "--home", hidden = true)
    private @Nullable Path home;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    /** A launched process: its place in the world of its ranks comes from its standard input. */
    @Option(names = "--seat", hidden = true)
    private boolean seat;

    private final List<String> arguments;

    /** Made by {@link #commandLine}; picocli fills it. */
    Main(List<String> arguments) {
        this.arguments = arguments;
    }

    /** Runs one command and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(commandLine(arguments).execute(arguments));
    }

    /** The command line that these words are for. */
    static CommandLine commandLine(String... arguments) {
        Failures failures = new Failures(List.of(arguments));
        CommandLine line = new CommandLine(new Main(List.of(arguments)));
        return line.setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures)
                .setExecutionStrategy(parsed -> execute(parsed, failures))
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Help and version as one object if JSON is asked for; everything else as picocli does it. */
    private static int execute(ParseResult parsed, Failures failures) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        CommandLine command = last.commandSpec().commandLine();
        if (last.hasMatchedOption("--json") && last.isUsageHelpRequested()) {
            Console.of(command, true).object(Map.of("help", command.getUsageMessage()));
            return ExitCode.OK;
        }
        if (last.hasMatchedOption("--json") && last.isVersionHelpRequested()) {
            Console.of(command, true).object(versions());
            return ExitCode.OK;
        }
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (Error e) {
            // The only place for what no command can mend: out of memory, a class that is missing.
            return failures.handleError(e, command);
        }
    }

    static Map<String, Object> versions() {
        Map<String, Object> versions = new LinkedHashMap<>();
        versions.put("javelin", version());
        versions.put("java", Runtime.version().toString());
        versions.put("vm", System.getProperty("java.vm.name"));
        return versions;
    }

    private static String version() {
        return Main.class.getModule().getDescriptor() == null
                ? "unknown"
                : Main.class.getModule().getDescriptor().rawVersion().orElse("unknown");
    }

    /** Where Javelin lies; null if the launcher did not say. */
    @Nullable
    Path home() {
        return home;
    }

    /** The plugins folder of this installation; null if the launcher did not say where it lies. */
    @Nullable
    Path pluginsFolder() {
        return home == null ? null : home.resolve("plugins");
    }

    /** The ranks that a command works with. */
    RankWorld world(RunConfig config, PluginRegistry plugins) {
        return RankWorld.of(config, plugins, seat, arguments);
    }

    /** Called when no command is named, which is a mistake. */
    @Override
    public void run() {
        throw new ParameterException(requireNonNull(command).commandLine(), "a command is missing");
    }

    /** What {@code --version} prints. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "javelin " + version(), "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
            };
        }
    }
}
