package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.Ranks;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * How many ranks, where they run and how they find each other.
 *
 * @param count over all hosts; 0 if it was not said: one, or one for each process that a cluster's engine started
 * @param launch what ranks of one host are
 * @param timeoutSeconds for how long a rank may stand still
 * @param rendezvous host and port where the first host waits for the others; empty for none
 * @param nodes number of hosts that were started by hand
 * @param node which of them this is, from 0
 * @param secretFile file whose text all hosts share; null for none
 * @param cluster name of the cluster's engine; {@code auto} looks for it, {@code none} does not
 */
public record RanksConfig(
        int count,
        Launch launch,
        String communicator,
        double timeoutSeconds,
        int maxRestarts,
        String rendezvous,
        int nodes,
        int node,
        @Nullable Path secretFile,
        String cluster) {
    /** Looks for a cluster's engine. */
    public static final String AUTO = "auto";

    /** Does not look for one. */
    public static final String NONE = "none";

    private static final int MANY = 1_000_000;

    /** THREADS of one JVM, or PROCESSES that it starts. */
    public enum Launch {
        THREADS,
        PROCESSES
    }

    static RanksConfig read(Settings settings) {
        int nodes = (int) settings.integer("ranks.nodes", 1, 1, MANY);
        RanksConfig config = new RanksConfig(
                (int) settings.integer("ranks.count", 0, 0, MANY),
                launch(settings),
                settings.text("ranks.communicator", ""),
                settings.number("ranks.timeout", Ranks.TIMEOUT_SECONDS, 1, 1e9),
                (int) settings.integer("ranks.maxRestarts", 0, 0, MANY),
                settings.text("ranks.rendezvous", ""),
                nodes,
                (int) settings.integer("ranks.node", 0, 0, nodes - 1),
                settings.find("ranks.secretFile")
                        .map(setting -> Path.of(setting.text()).toAbsolutePath().normalize())
                        .orElse(null),
                settings.text("ranks.cluster", AUTO));
        config.requireWhole();
        return config;
    }

    private static Launch launch(Settings settings) {
        String text = settings.text("ranks.launch", "threads");
        for (Launch launch : Launch.values()) {
            if (label(launch).equals(text)) {
                return launch;
            }
        }
        throw new JavelinException("JVL-CFG-0061", "ranks.launch is '" + text + "'", "use threads or processes");
    }

    private void requireWhole() {
        if (nodes > 1 && rendezvous.isEmpty()) {
            throw new JavelinException(
                    "JVL-CFG-0062",
                    "ranks.nodes is " + nodes + ", but there is no address where they meet",
                    "give --rendezvous HOST:PORT, an address of the first host, to all of them");
        }
        if (nodes > 1 && count % nodes != 0) {
            throw new JavelinException(
                    "JVL-CFG-0062",
                    count + " ranks over " + nodes + " hosts",
                    "let ranks.count, which counts the ranks of all hosts, be a multiple of ranks.nodes");
        }
    }

    /** Name for options and configuration. */
    private static String label(Launch launch) {
        return launch.name().toLowerCase(Locale.ROOT);
    }

    /** Ranks of this host, as far as the configuration says. */
    public int ranksHere() {
        return Math.max(1, count / nodes);
    }

    /** True if this JVM must meet others that somebody else started. */
    public boolean severalHosts() {
        return nodes > 1;
    }

    /** The ranks for the trainer. */
    Ranks ranks(PluginSettings communicators) {
        return new Ranks(Math.max(1, count), communicator(communicators), timeoutSeconds, maxRestarts);
    }

    /** The communicator with its options: by default {@code local} on one host and {@code tcp} on several. */
    Plugin communicator(PluginSettings communicators) {
        return communicators.plugin(communicatorName());
    }

    String communicatorName() {
        return communicator.isEmpty() ? (severalHosts() ? "tcp" : "local") : communicator;
    }

    SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("count", count);
        tree.put("launch", label(launch));
        tree.put("communicator", communicator);
        tree.put("timeout", timeoutSeconds);
        tree.put("maxRestarts", maxRestarts);
        if (severalHosts()) {
            tree.put("rendezvous", rendezvous);
            tree.put("nodes", nodes);
            tree.put("node", node);
        }
        if (secretFile != null) {
            tree.put("secretFile", secretFile.toString());
        }
        tree.put("cluster", cluster);
        return tree;
    }

    /** The same for another number of ranks over another kind of communicator. */
    public RanksConfig withWorld(int ranks, boolean hosts) {
        return new RanksConfig(
                ranks,
                launch,
                communicator.isEmpty() && hosts ? "tcp" : communicator,
                timeoutSeconds,
                maxRestarts,
                rendezvous,
                nodes,
                node,
                secretFile,
                cluster);
    }
}
