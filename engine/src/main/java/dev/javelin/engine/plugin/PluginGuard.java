package dev.javelin.engine.plugin;

import dev.javelin.api.JavelinException;
import java.util.function.Supplier;

/**
 * Stands between the engine and a plugin: a linkage error, which a jar built against other versions throws at its first
 * use of what is not there, becomes a coded error that names the jar.
 *
 * @param plugin for example {@code accelerator 'acme'}
 * @param location jar or folder that it comes from
 */
record PluginGuard(String plugin, String location) {

    /** Runs a part of the plugin. */
    <T> T call(String operation, Supplier<T> body) {
        try {
            return body.get();
        } catch (LinkageError e) {
            throw broken(operation, e);
        }
    }

    /** Runs a part of the plugin that gives nothing back. */
    void run(String operation, Runnable body) {
        try {
            body.run();
        } catch (LinkageError e) {
            throw broken(operation, e);
        }
    }

    JavelinException broken(String operation, LinkageError error) {
        return new JavelinException(
                "JVL-PLG-0004",
                plugin + " from " + location + " fails in " + operation + ": " + error,
                "ask its vendor for a build that fits this version of Javelin, or remove it",
                error);
    }
}
