package dev.javelin.engine.plugin;

import org.jspecify.annotations.Nullable;

/**
 * One plugin as {@code javelin plugins} shows it, or one that was left out.
 *
 * @param kind null if it was left out before that was known
 * @param name the name users write; for one left out before that was known, the file name of its jar or folder
 * @param module name of its module; empty if unknown
 * @param version of its module; empty if the module has none
 * @param location jar or folder that it came from; empty if unknown
 * @param reason what its probe found, or why it was left out
 */
public record PluginEntry(
        @Nullable PluginKind kind,
        String name,
        String module,
        String version,
        String location,
        Status status,
        String reason) {

    /** AVAILABLE and UNAVAILABLE are what its probe says of this machine; LEFT_OUT plugins cannot be named at all. */
    public enum Status {
        AVAILABLE,
        UNAVAILABLE,
        LEFT_OUT
    }
}
