package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Plugin;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Options of the plugins of one kind, by plugin: {@code accelerator.cpu.kernels} is the option {@code kernels} of the
 * accelerator {@code cpu}. Those of plugins that are not chosen are kept and not used, so that one file can serve several
 * machines.
 */
public record PluginSettings(Map<String, Map<String, String>> byName) {

    public PluginSettings {
        Map<String, Map<String, String>> copy = new TreeMap<>();
        byName.forEach((name, options) -> copy.put(name, Map.copyOf(options)));
        byName = Map.copyOf(copy);
    }

    /**
     * Reads {@code KIND.NAME.KEY}.
     *
     * @throws JavelinException {@code JVL-CFG-0042} for a key without a name
     */
    static PluginSettings named(Settings settings, String kind, String chosen) {
        Map<String, Map<String, String>> byName = new TreeMap<>();
        for (Setting setting : settings.below(kind).values()) {
            if (!add(byName, kind, setting)) {
                throw new JavelinException(
                        "JVL-CFG-0042",
                        setting.place() + ": unknown key '" + setting.key() + "' (did you mean '" + kind + "." + chosen
                                + setting.key().substring(kind.length()) + "'?)",
                        "write " + kind + ".NAME.OPTION");
            }
        }
        return new PluginSettings(byName);
    }

    /** Reads {@code KIND.NAME.KEY}, and {@code KIND.KEY} as an option of the one that is chosen. */
    static PluginSettings namedOrChosen(Settings settings, String kind, String chosen) {
        Map<String, Map<String, String>> byName = new TreeMap<>();
        for (Setting setting : settings.below(kind).values()) {
            if (!add(byName, kind, setting)) {
                options(byName, chosen).put(setting.key().substring(kind.length() + 1), setting.text());
            }
        }
        return new PluginSettings(byName);
    }

    private static boolean add(Map<String, Map<String, String>> byName, String kind, Setting setting) {
        String rest = setting.key().substring(kind.length() + 1);
        int dot = rest.indexOf('.');
        if (dot < 0) {
            return false;
        }
        options(byName, rest.substring(0, dot)).put(rest.substring(dot + 1), setting.text());
        return true;
    }

    private static Map<String, String> options(Map<String, Map<String, String>> byName, String name) {
        return byName.computeIfAbsent(name, key -> new TreeMap<>());
    }

    /** The plugin of this name with its options. */
    public Plugin plugin(String name) {
        return new Plugin(name, byName.getOrDefault(name, Map.of()));
    }

    /** The plugins that options are given for. */
    public Set<String> names() {
        return byName.keySet();
    }

    /** Adds what is set to the effective configuration. */
    void addTo(SequencedMap<String, Object> tree, String kind) {
        if (!byName.isEmpty()) {
            Map<String, Object> sorted = new TreeMap<>();
            byName.forEach((name, options) -> sorted.put(name, new TreeMap<>(options)));
            tree.put(kind, sorted);
        }
    }
}
