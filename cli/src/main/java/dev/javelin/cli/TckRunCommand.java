package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.cli.run.TckRanks;
import dev.javelin.engine.plugin.PluginEntry;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.spi.Options;
import dev.javelin.tck.Certification;
import dev.javelin.tck.PluginFacts;
import dev.javelin.tck.Report;
import dev.javelin.tck.accelerator.AcceleratorChapter;
import dev.javelin.tck.accelerator.AcceleratorSubject;
import dev.javelin.tck.accelerator.Oracle;
import dev.javelin.tck.communicator.CommunicatorChapter;
import dev.javelin.tck.communicator.CommunicatorSubject;
import dev.javelin.tck.communicator.Device;
import dev.javelin.tck.communicator.Extent;
import dev.javelin.tck.communicator.Ranks;
import dev.javelin.tck.strategy.StrategyChapter;
import dev.javelin.tck.strategy.StrategySubject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Checks a plugin by the rules of its kind, and writes its certificate. */
@Command(
        name = "run",
        description =
                "Checks a plugin by the rules of its kind, and writes a report and a certificate. Exit code 1 if a"
                        + " MUST is not kept.",
        footer = {
            "Examples:",
            "  javelin tck run --communicator local --out certificates/local",
            "  javelin tck run --strategy ddp",
            "  javelin tck run --accelerator cpu --option threads=2 --out certificates/cpu",
            "  javelin tck run --communicator acme --option rails=2 --ranks 4 --launch processes"
        })
final class TckRunCommand implements Callable<Integer> {
    private static final String PLANNED = "null";

    @ParentCommand
    private @Nullable TckCommand tck;

    @ArgGroup(multiplicity = "1")
    private Checked checked = new Checked();

    /** The plugin that is checked: one of these. */
    static final class Checked {
        @Option(names = "--communicator", paramLabel = "NAME", description = "Check this communicator.")
        @Nullable
        String communicator;

        @Option(
                names = "--strategy",
                paramLabel = "NAME",
                description = "Check this strategy; no ranks run, its plans are compiled.")
        @Nullable
        String strategy;

        @Option(names = "--accelerator", paramLabel = "NAME", description = "Check this accelerator, on its device.")
        @Nullable
        String accelerator;
    }

    @Option(names = "--option", paramLabel = "KEY=VALUE", description = "An option of the plugin; may be given often.")
    private Map<String, String> options = new LinkedHashMap<>();

    @Option(
            names = "--ranks",
            paramLabel = "N",
            description = "Ranks of every world; default: 1, 2, 3, 4, 5 and 8 as threads, 3 as processes.")
    private @Nullable Integer ranks;

    @Option(
            names = "--launch",
            paramLabel = "HOW",
            defaultValue = "threads",
            description = "Ranks as threads of one JVM, or as processes; default: ${DEFAULT-VALUE}.")
    private TckRanks.Launching launch = TckRanks.Launching.THREADS;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            defaultValue = "cpu",
            description = "The accelerator that the ranks' buffers lie on; default: ${DEFAULT-VALUE}.")
    private String device = "cpu";

    @Option(
            names = "--device-option",
            paramLabel = "KEY=VALUE",
            description = "An option of that accelerator, as device=0,1,2 for a GPU each; may be given often.")
    private Map<String, String> deviceOptions = new LinkedHashMap<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Random data of the rules for accelerators; default: " + AcceleratorSubject.SEED + ".")
    private @Nullable Long seed;

    @Option(names = "--out", paramLabel = "FOLDER", description = "Write report.md and certificate.json there.")
    private @Nullable Path out;

    @Option(names = "--quick", description = "Look at less, in seconds; gives no certificate.")
    private boolean quick;

    @Option(names = "--place", hidden = true, description = "Read this process's place from standard input.")
    private boolean place;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        requireFitting();
        if (launch == TckRanks.Launching.PROCESSES && !place) {
            return TckRanks.launch(JavaArgsCommand.ARGUMENTS, words(), ranks == null ? TckRanks.PROCESSES : ranks);
        }
        PluginRegistry plugins = PluginsCommand.registry(requireNonNull(tck).main());
        try (TckRanks seats = seats(plugins)) {
            Report report = report(console, plugins, seats);
            if (seats.first()) {
                console.line(report.summary());
                if (out != null) {
                    report.write(out);
                    console.note("report: " + out.resolve("report.md"));
                }
                console.object(report.toMap());
            }
            return report.verdict() == Report.Verdict.FAILED ? ExitCode.FAILED : ExitCode.OK;
        }
    }

    /** Refuses what has no meaning for the kind that is checked. */
    private void requireFitting() {
        boolean ranked = launch == TckRanks.Launching.PROCESSES || ranks != null;
        if (checked.strategy != null && (ranked || quick)) {
            throw new JavelinException(
                    "JVL-CFG-0071",
                    "a strategy is checked without ranks, whole and at once",
                    "leave out --ranks, --launch and --quick");
        }
        if (checked.accelerator != null && ranked) {
            throw new JavelinException(
                    "JVL-CFG-0071", "an accelerator is checked without ranks", "leave out --ranks and --launch");
        }
        if (checked.accelerator == null && seed != null) {
            throw new JavelinException(
                    "JVL-CFG-0071",
                    "--seed is for the random data of accelerators",
                    "leave it out, or check an --accelerator");
        }
    }

    /** Processes that this one is among, or else threads. */
    private TckRanks seats(PluginRegistry plugins) {
        if (place) {
            return TckRanks.member(System.in);
        }
        return checked.communicator == null
                ? TckRanks.threads()
                : TckRanks.ofCluster(plugins).orElseGet(TckRanks::threads);
    }

    private Report report(Console console, PluginRegistry plugins, TckRanks seats) {
        if (checked.strategy != null) {
            return strategy(console, plugins, checked.strategy);
        }
        if (checked.accelerator != null) {
            return accelerator(console, plugins, checked.accelerator);
        }
        String name = requireNonNull(checked.communicator);
        PluginFacts facts = facts(plugins, PluginKind.COMMUNICATOR, name);
        CommunicatorSubject subject = new CommunicatorSubject(
                facts,
                plugins.communicator(name),
                PluginKind.COMMUNICATOR.options(new Plugin(name, options)),
                seats.ranks(),
                device(plugins),
                extent(seats.ranks()));
        return Certification.run(CommunicatorChapter.chapter(), subject, result -> {
            if (seats.first()) {
                console.line(result.line());
            }
        });
    }

    /** Plans are made and compiled for a device that need not be there. */
    private Report strategy(Console console, PluginRegistry plugins, String name) {
        PluginFacts facts = facts(plugins, PluginKind.STRATEGY, name);
        StrategySubject subject = new StrategySubject(
                facts,
                plugins.strategy(name),
                PluginKind.STRATEGY.options(new Plugin(name, options)),
                plugins.accelerator(PLANNED).planner(PluginKind.ACCELERATOR.options(Plugin.named(PLANNED))));
        return Certification.run(StrategyChapter.chapter(), subject, result -> console.line(result.line()));
    }

    /** What comes out is compared with the plain loops of the CPU, in FLOAT64. */
    private Report accelerator(Console console, PluginRegistry plugins, String name) {
        PluginFacts facts = facts(plugins, PluginKind.ACCELERATOR, name);
        Plugin plain = Plugin.named("cpu")
                .with("kernels", "reference")
                .with("blas", "java")
                .with("threads", "1");
        AcceleratorSubject subject = AcceleratorSubject.of(
                facts,
                plugins.accelerator(name),
                PluginKind.ACCELERATOR.options(new Plugin(name, options)),
                Oracle.of(plugins.accelerator("cpu"), PluginKind.ACCELERATOR.options(plain)),
                quick ? dev.javelin.tck.accelerator.Extent.quick() : dev.javelin.tck.accelerator.Extent.certificate());
        return Certification.run(
                AcceleratorChapter.chapter(),
                seed == null ? subject : subject.withSeed(seed),
                result -> console.line(result.line()));
    }

    /** Two threads, where there is such an option: then a queue runs beside its caller. */
    private Device device(PluginRegistry plugins) {
        Plugin plugin = device.equals("cpu") ? Plugin.named(device).with("threads", "2") : Plugin.named(device);
        for (Map.Entry<String, String> option : deviceOptions.entrySet()) {
            plugin = plugin.with(option.getKey(), option.getValue());
        }
        Options own = PluginKind.ACCELERATOR.options(plugin);
        return Device.of(plugins.accelerator(device), own);
    }

    private Extent extent(Ranks seats) {
        Extent extent = quick ? Extent.quick() : Extent.certificate();
        return ranks == null ? extent : extent.withWorlds(List.of(ranks));
    }

    /**
     * Which plugin it is.
     *
     * @throws JavelinException {@code JVL-TCK-0004} if its probe says that it cannot work here
     */
    private PluginFacts facts(PluginRegistry plugins, PluginKind kind, String name) {
        PluginEntry entry = plugins.entries().stream()
                .filter(found -> found.kind() == kind && found.name().equals(name))
                .findFirst()
                .orElse(null);
        if (entry == null) {
            switch (kind) { // says what there is
                case STRATEGY -> plugins.strategy(name);
                case ACCELERATOR -> plugins.accelerator(name);
                default -> plugins.communicator(name);
            }
            throw new IllegalStateException(kind + " " + name + " is there and not listed");
        }
        // A probe does not know options, which may say where the driver lies: opening the device tells then.
        boolean located = kind == PluginKind.ACCELERATOR
                && entry.status() == PluginEntry.Status.UNAVAILABLE
                && !options.isEmpty();
        if (entry.status() != PluginEntry.Status.AVAILABLE && !located) {
            throw new JavelinException(
                    "JVL-TCK-0004",
                    kind.label() + " '" + name + "' cannot work here: "
                            + entry.reason().replaceFirst("\\.$", ""),
                    "check it on a machine where it can");
        }
        return PluginFacts.of(entry);
    }

    /** The words of this command for the processes that are its ranks. */
    private List<String> words() {
        List<String> words = new ArrayList<>();
        Path home = requireNonNull(tck).main().home();
        if (home != null) {
            words.addAll(List.of("--home", home.toString()));
        }
        words.addAll(List.of("tck", "run", "--place", "--launch", "processes", "--device", device));
        words.addAll(List.of("--communicator", requireNonNull(checked.communicator)));
        options.forEach((key, value) -> words.addAll(List.of("--option", key + "=" + value)));
        if (out != null) {
            words.addAll(List.of("--out", out.toString()));
        }
        if (quick) {
            words.add("--quick");
        }
        if (output.json()) {
            words.add("--json");
        }
        return words;
    }
}
