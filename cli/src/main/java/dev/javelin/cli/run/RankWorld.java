package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RanksConfig;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.WorldPlace;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ranks of this process: one alone, several as threads, or a part of a world that spans processes or hosts. A command
 * asks for it once its settings are read, and goes on with {@link #config}, which knows the number of ranks.
 */
public final class RankWorld implements AutoCloseable {
    private final RunConfig config;
    private final PluginRegistry plugins;
    private final @Nullable World joined;
    private final @Nullable Launching launching;

    private RankWorld(RunConfig config, PluginRegistry plugins, @Nullable World joined, @Nullable Launching launching) {
        this.config = config;
        this.plugins = plugins;
        this.joined = joined;
        this.launching = launching;
    }

    /**
     * Finds the ranks that the configuration asks for, and joins those of other processes.
     *
     * @param seat whether this process was launched, and reads its place from its standard input
     * @param arguments of this process, for those that it launches
     * @throws dev.javelin.api.JavelinException {@code JVL-RNK-...} or {@code JVL-CLU-...} if it cannot join
     */
    public static RankWorld of(RunConfig config, PluginRegistry plugins, boolean seat, List<String> arguments) {
        if (seat) {
            return joining(config, plugins, WorldPlace.fromStdin(System.in));
        }
        boolean processes = config.ranks().launch() == RanksConfig.Launch.PROCESSES;
        if (processes && config.ranks().severalHosts()) {
            throw new JavelinException(
                    "JVL-CFG-0062",
                    "ranks.launch is processes on " + config.ranks().nodes() + " hosts",
                    "leave --launch out: ranks of a host are threads then; or start one Javelin for each rank, with"
                            + " --nodes counting all of them");
        }
        Optional<WorldPlace> place = new Joining(config, plugins, System.getenv()).place();
        if (place.isPresent()) {
            requireNoRestarts(config);
            return joining(config, plugins, place.get());
        }
        boolean launches = processes && config.ranks().ranksHere() > 1;
        return new RankWorld(config, plugins, null, launches ? new Launching(config, arguments) : null);
    }

    /** Whoever started the processes starts them again. */
    private static void requireNoRestarts(RunConfig config) {
        if (config.ranks().maxRestarts() > 0) {
            throw new JavelinException(
                    "JVL-CFG-0063",
                    "ranks.maxRestarts is " + config.ranks().maxRestarts()
                            + ", but this process was started by hand or by a cluster's engine for a part of the ranks",
                    "let that start all processes again, with --resume; or use --launch processes on one host");
        }
    }

    private static RankWorld joining(RunConfig config, PluginRegistry plugins, WorldPlace place) {
        World part = Worlds.join(place, options(config));
        boolean hosts = part.members().getFirst().closeness() == Seat.Closeness.HOSTS;
        return new RankWorld(config.withRanks(config.ranks().withWorld(part.size(), hosts)), plugins, part, null);
    }

    /** What starts the ranks as processes, if this process does nothing else. */
    public Optional<Launching> launching() {
        return Optional.ofNullable(launching);
    }

    /** A text of the first rank's process, on all of them. */
    public String fromFirst(String key, String mine) {
        if (joined == null) {
            return mine;
        }
        Member member = joined.members().getFirst();
        if (member.rank() == 0) {
            member.put(key, mine.getBytes(StandardCharsets.UTF_8));
        }
        return new String(member.get(key), StandardCharsets.UTF_8);
    }

    /** The configuration with the number of ranks that there are. */
    public RunConfig config() {
        return config;
    }

    /** This process's part of a world of several processes; null for a rank alone or for threads. */
    public @Nullable World joined() {
        return joined;
    }

    /** Number of ranks. */
    public int ranks() {
        return config.trainerOptions().ranks().count();
    }

    /** True if the first rank is here: it reports for all. */
    public boolean first() {
        return joined == null || joined.members().getFirst().rank() == 0;
    }

    /** One rank's work on its device. */
    @FunctionalInterface
    public interface Work<T> {
        /**
         * @param team null for a rank alone
         */
        T run(Accelerator accelerator, @Nullable Team team);
    }

    /** Opens a device for each rank of this process and lets them work; their results in order. */
    public <T> List<T> run(Work<T> work) {
        if (joined != null) {
            return joined.run(member -> run(work, member));
        }
        if (ranks() == 1) {
            try (Accelerator accelerator = open()) {
                return List.of(work.run(accelerator, null));
            }
        }
        try (World threads = Worlds.threads(ranks(), options(config))) {
            return threads.run(member -> run(work, member));
        }
    }

    private <T> T run(Work<T> work, Member member) {
        var plugin = config.communicatorPlugin();
        try (Accelerator accelerator = open();
                Communicator communicator =
                        plugins.communicator(plugin.name()).join(member, PluginKind.COMMUNICATOR.options(plugin))) {
            return work.run(accelerator, new Team(member, communicator));
        }
    }

    private Accelerator open() {
        Job job = new Job(config, plugins);
        return job.accelerator().open(job.acceleratorOptions());
    }

    /** How a world of this configuration is watched. */
    public static WorldOptions options(RunConfig config) {
        return WorldOptions.standard().withTimeoutMillis((long) (config.ranks().timeoutSeconds() * 1000));
    }

    @Override
    public void close() {
        if (joined != null) {
            joined.close();
        }
    }
}
