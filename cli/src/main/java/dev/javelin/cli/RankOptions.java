package dev.javelin.cli;

import dev.javelin.cli.config.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how many ranks work together, where they run and how they find each other. */
final class RankOptions {
    @Option(
            names = "--ranks",
            paramLabel = "N",
            description = "Ranks over all hosts (ranks.count); --threads is for each of them.")
    private @Nullable String count;

    @Option(
            names = "--launch",
            paramLabel = "HOW",
            description = "Ranks of this host as threads of one JVM, or as processes (ranks.launch).")
    private @Nullable String launch;

    @Option(
            names = "--communicator",
            paramLabel = "NAME",
            description = "What moves data between ranks (ranks.communicator): local, tcp or mpi.")
    private @Nullable String communicator;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "For how long a rank may stand still (ranks.timeout).")
    private @Nullable String timeout;

    @Option(
            names = "--max-restarts",
            paramLabel = "N",
            description =
                    "How often a run whose rank failed starts again from its last checkpoint" + " (ranks.maxRestarts).")
    private @Nullable String maxRestarts;

    @Option(names = "--nodes", paramLabel = "M", description = "Hosts that were started by hand (ranks.nodes).")
    private @Nullable String nodes;

    @Option(names = "--node", paramLabel = "I", description = "Which of them this is, from 0 (ranks.node).")
    private @Nullable String node;

    @Option(
            names = "--rendezvous",
            paramLabel = "HOST:PORT",
            description = "Where the hosts meet: an address of the first one (ranks.rendezvous).")
    private @Nullable String rendezvous;

    @Option(
            names = "--secret-file",
            paramLabel = "FILE",
            description = "A text that all hosts share and nobody else knows (ranks.secretFile).")
    private @Nullable Path secretFile;

    @Option(
            names = "--cluster",
            paramLabel = "NAME",
            description = "The cluster's engine that started this process: auto, none, or a name (ranks.cluster).")
    private @Nullable String cluster;

    /** The settings that the options stand for. */
    List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        ConfigOptions.add(settings, "--ranks", "ranks.count", count);
        ConfigOptions.add(settings, "--launch", "ranks.launch", launch);
        ConfigOptions.add(settings, "--communicator", "ranks.communicator", communicator);
        ConfigOptions.add(settings, "--timeout", "ranks.timeout", timeout);
        ConfigOptions.add(settings, "--max-restarts", "ranks.maxRestarts", maxRestarts);
        ConfigOptions.add(settings, "--nodes", "ranks.nodes", nodes);
        ConfigOptions.add(settings, "--node", "ranks.node", node);
        ConfigOptions.add(settings, "--rendezvous", "ranks.rendezvous", rendezvous);
        ConfigOptions.add(settings, "--secret-file", "ranks.secretFile", secretFile);
        ConfigOptions.add(settings, "--cluster", "ranks.cluster", cluster);
        return settings;
    }
}
