package dev.javelin.engine.plugin;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.PluginProvider;
import dev.javelin.spi.Probe;
import dev.javelin.spi.cluster.ClusterProvider;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.strategy.StrategyProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The plugins that this engine can use, by kind and name. Immutable; making one opens the dropped-in plugins. */
public final class PluginRegistry {
    private final List<PluginScan.Found> found;
    private final List<PluginEntry> leftOut;

    private PluginRegistry(PluginScan scan) {
        this.found = List.copyOf(scan.found);
        this.leftOut = List.copyOf(scan.leftOut);
    }

    /** The plugins on the engine's own module path (or class path). */
    public static PluginRegistry ofModulePath() {
        return make(null);
    }

    /**
     * The plugins on the engine's own module path, and those dropped into a folder.
     *
     * @param folder need not exist
     * @throws JavelinException {@code JVL-PLG-0007} if the folder cannot be read; a broken plugin in it is no error
     */
    public static PluginRegistry ofFolder(Path folder) {
        return make(folder);
    }

    private static PluginRegistry make(@Nullable Path folder) {
        PluginScan scan = new PluginScan();
        ModuleLayer own = PluginRegistry.class.getModule().getLayer();
        if (own == null) {
            scan.addClassPath(PluginRegistry.class.getClassLoader());
            own = ModuleLayer.boot();
        } else {
            scan.addLayer(own, null);
        }
        if (folder != null) {
            for (PluginFolder.Drop drop : PluginFolder.drops(folder)) {
                try {
                    scan.addLayer(PluginLayers.open(drop, own), drop.path());
                } catch (JavelinException e) {
                    scan.addLeftOut(drop.path(), e);
                }
            }
        }
        return new PluginRegistry(scan);
    }

    /**
     * The accelerator of this name. What it makes throws {@code JVL-PLG-0004} where its jar does not fit.
     *
     * @throws JavelinException {@code JVL-PLG-0001} if there is none, {@code JVL-PLG-0002} if there are several
     */
    public AcceleratorProvider accelerator(String name) {
        PluginScan.Found plugin = named(PluginKind.ACCELERATOR, name);
        return new GuardedAcceleratorProvider((AcceleratorProvider) plugin.provider(), guard(plugin));
    }

    /**
     * The strategy of this name. What it makes throws {@code JVL-PLG-0004} where its jar does not fit.
     *
     * @throws JavelinException {@code JVL-PLG-0001} if there is none, {@code JVL-PLG-0002} if there are several
     */
    public StrategyProvider strategy(String name) {
        PluginScan.Found plugin = named(PluginKind.STRATEGY, name);
        return new GuardedStrategyProvider((StrategyProvider) plugin.provider(), guard(plugin));
    }

    /**
     * The communicator of this name. What it makes throws {@code JVL-PLG-0004} where its jar does not fit.
     *
     * @throws JavelinException {@code JVL-PLG-0001} if there is none, {@code JVL-PLG-0002} if there are several
     */
    public CommunicatorProvider communicator(String name) {
        PluginScan.Found plugin = named(PluginKind.COMMUNICATOR, name);
        return new GuardedCommunicatorProvider((CommunicatorProvider) plugin.provider(), guard(plugin));
    }

    /**
     * What recognises clusters, in the order of their names.
     *
     * @throws JavelinException {@code JVL-PLG-0002} if two have one name
     */
    public List<ClusterProvider> clusters() {
        return names(PluginKind.CLUSTER).stream()
                .map(name -> {
                    PluginScan.Found plugin = named(PluginKind.CLUSTER, name);
                    return (ClusterProvider)
                            new GuardedClusterProvider((ClusterProvider) plugin.provider(), guard(plugin));
                })
                .toList();
    }

    private static PluginGuard guard(PluginScan.Found plugin) {
        return new PluginGuard(
                plugin.kind().label() + " '" + plugin.name() + "'",
                PluginScan.location(plugin.provider().getClass().getModule()));
    }

    PluginScan.Found named(PluginKind kind, String name) {
        List<PluginScan.Found> matches = found.stream()
                .filter(plugin -> plugin.kind() == kind && plugin.name().equals(name))
                .toList();
        if (matches.isEmpty()) {
            throw unknown(kind, name);
        }
        if (matches.size() > 1) {
            throw new JavelinException(
                    "JVL-PLG-0002",
                    matches.size() + " plugins of kind " + kind.label() + " are named '" + name + "': "
                            + matches.stream().map(PluginRegistry::place).collect(Collectors.joining("; ")),
                    "remove all but one of them");
        }
        return matches.getFirst();
    }

    private static String place(PluginScan.Found plugin) {
        Module module = plugin.provider().getClass().getModule();
        return plugin.provider().getClass().getName() + " in " + PluginScan.location(module);
    }

    private JavelinException unknown(PluginKind kind, String name) {
        List<String> known = names(kind);
        String others = leftOut.isEmpty()
                ? ""
                : "; left out: "
                        + leftOut.stream()
                                .map(entry -> entry.name() + " (" + entry.reason() + ")")
                                .collect(Collectors.joining("; "));
        return new JavelinException(
                "JVL-PLG-0001",
                "there is no " + kind.label() + " '" + name + "'" + Nearest.hint(name, known),
                "use one of " + known + others);
    }

    /** The names of a kind, sorted. */
    public List<String> names(PluginKind kind) {
        return found.stream()
                .filter(plugin -> plugin.kind() == kind)
                .map(PluginScan.Found::name)
                .distinct()
                .sorted()
                .toList();
    }

    /** Probes all plugins and lists them by kind and name; those left out come last. */
    public List<PluginEntry> entries() {
        List<PluginEntry> entries = new ArrayList<>();
        for (PluginScan.Found plugin : found) {
            Probe probe = probe(plugin.provider());
            PluginEntry.Status status =
                    probe.available() ? PluginEntry.Status.AVAILABLE : PluginEntry.Status.UNAVAILABLE;
            entries.add(
                    PluginScan.entry(plugin.kind(), plugin.name(), plugin.provider(), status, reason(plugin, probe)));
        }
        entries.sort(Comparator.comparing(PluginEntry::kind).thenComparing(PluginEntry::name));
        entries.addAll(leftOut);
        return entries;
    }

    private String reason(PluginScan.Found plugin, Probe probe) {
        long namesakes = found.stream()
                .filter(other -> other.kind() == plugin.kind() && other.name().equals(plugin.name()))
                .count();
        return namesakes == 1 ? probe.reason() : "the name is taken twice; remove one. " + probe.reason();
    }

    private static Probe probe(PluginProvider provider) {
        try {
            return provider.probe();
        } catch (RuntimeException | LinkageError e) {
            return Probe.unavailable("its probe failed: " + e);
        }
    }
}
