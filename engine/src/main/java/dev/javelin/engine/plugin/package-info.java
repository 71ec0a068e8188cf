/**
 * Finds plugins: accelerators and strategies, by ServiceLoader only.
 *
 * <p>Reading order: {@link dev.javelin.engine.plugin.PluginRegistry} (what there is, and lookup by name),
 * {@code PluginScan} (the providers of one layer), {@code PluginLayers} (a module layer for one jar or folder),
 * {@code PluginFolder} (what lies in the plugins folder), {@link dev.javelin.engine.plugin.PluginEntry} (a line of
 * {@code javelin plugins}), {@code PluginGuard} (what a jar that does not fit throws while it is used).
 *
 * <p>Data flow: the providers of the engine's own layer come first. Then each jar in the plugins folder, and each folder
 * of jars in it, becomes a {@link java.lang.ModuleLayer} of its own, a child of the engine's layer, and is asked for its
 * providers. A plugin's own libraries win over those of the engine's layer and are invisible to other plugins;
 * {@code dev.javelin.api} and {@code dev.javelin.spi} always come from the engine's layer. What cannot be read, resolved
 * or instantiated, or was built for another {@link dev.javelin.spi.Spi#MAJOR}, is left out with its reason and the rest
 * work.
 *
 * <p>Native access: a plugin that calls native code says so in its jar's manifest, with the JDK's own attribute
 * {@code Enable-Native-Access}: either {@code ALL-UNNAMED} for the jar's own module, or the names of modules of its
 * layer, separated by commas. The layer's controller then grants it; no flag of the command line is needed besides
 * {@code --enable-native-access=dev.javelin.engine}, which lets the engine do so.
 *
 * <p>Threads: a registry is immutable once made and may be shared. Nothing is static: each engine has its own.
 */
@NullMarked
package dev.javelin.engine.plugin;

import org.jspecify.annotations.NullMarked;
