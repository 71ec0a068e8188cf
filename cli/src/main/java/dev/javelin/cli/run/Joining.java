package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RanksConfig;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.world.WorldPlace;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the place of this process among others that were started by a cluster's engine or by hand. */
final class Joining {
    private final RanksConfig ranks;
    private final PluginRegistry plugins;
    private final Map<String, String> environment;

    Joining(RunConfig config, PluginRegistry plugins, Map<String, String> environment) {
        this.ranks = config.ranks();
        this.plugins = plugins;
        this.environment = environment;
    }

    /**
     * The place; empty for a process that nobody else belongs to.
     *
     * @throws JavelinException {@code JVL-CLU-...} if the cluster's variables or the settings do not say enough,
     *     {@code JVL-PLG-0001} for a cluster that is not known
     */
    Optional<WorldPlace> place() {
        if (ranks.severalHosts()) {
            return Optional.of(byHand());
        }
        if (ranks.cluster().equals(RanksConfig.NONE)) {
            return Optional.empty();
        }
        return cluster().filter(place -> place.processes() > 1).map(this::ofCluster);
    }

    private WorldPlace byHand() {
        ClusterPlace place = ClusterPlace.of("javelin-" + ranks.rendezvous(), ranks.node(), ranks.nodes())
                .withLocal(0, 1);
        return WorldPlace.of(
                place, ranks.ranksHere(), Optional.of(ranks.rendezvous()), Optional.ofNullable(ranks.secretFile()));
    }

    private Optional<ClusterPlace> cluster() {
        List<ClusterProvider> clusters = plugins.clusters();
        if (!ranks.cluster().equals(RanksConfig.AUTO)) {
            ClusterProvider named = clusters.stream()
                    .filter(cluster -> cluster.name().equals(ranks.cluster()))
                    .findFirst()
                    .orElseThrow(() -> unknown(clusters));
            return Optional.of(named.place(environment).orElseThrow(() -> absent(named)));
        }
        return clusters.stream()
                .flatMap(cluster -> cluster.place(environment).stream())
                .findFirst();
    }

    private JavelinException unknown(List<ClusterProvider> clusters) {
        return new JavelinException(
                "JVL-PLG-0001",
                "there is no cluster '" + ranks.cluster() + "'",
                "use auto, none or one of "
                        + clusters.stream().map(ClusterProvider::name).toList());
    }

    private static JavelinException absent(ClusterProvider cluster) {
        return new JavelinException(
                "JVL-CLU-0001",
                "the environment does not look as if " + cluster.name() + " had started this process",
                "start it with " + cluster.name() + ", or leave --cluster out");
    }

    private WorldPlace ofCluster(ClusterPlace place) {
        int each = ranks.count() == 0 ? 1 : ranks.count() / place.processes();
        if (ranks.count() != 0 && each * place.processes() != ranks.count()) {
            throw new JavelinException(
                    "JVL-CFG-0062",
                    ranks.count() + " ranks over the " + place.processes() + " processes of the cluster",
                    "let --ranks be a multiple of the number of processes, or leave it out for one rank each");
        }
        Optional<String> rendezvous = ranks.rendezvous().isEmpty() ? Optional.empty() : Optional.of(ranks.rendezvous());
        return WorldPlace.of(place, each, rendezvous, Optional.ofNullable(ranks.secretFile()));
    }
}
