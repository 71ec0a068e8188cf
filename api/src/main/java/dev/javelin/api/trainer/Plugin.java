package dev.javelin.api.trainer;

import java.util.Map;

/** The name of a plugin (a strategy, an accelerator) and its options, as text. */
public record Plugin(String name, Map<String, String> options) {
    public Plugin {
        options = Map.copyOf(options);
    }

    public static Plugin named(String name) {
        return new Plugin(name, Map.of());
    }

    public Plugin with(String key, String value) {
        Map<String, String> copy = new java.util.TreeMap<>(options);
        copy.put(key, value);
        return new Plugin(name, copy);
    }
}
