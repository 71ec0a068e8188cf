/**
 * What vendors implement. A plugin is a module that provides a {@link dev.javelin.spi.PluginProvider}: an
 * {@link dev.javelin.spi.device.AcceleratorProvider}, a {@link dev.javelin.spi.strategy.StrategyProvider}, a
 * {@link dev.javelin.spi.communicator.CommunicatorProvider} or a {@link dev.javelin.spi.cluster.ClusterProvider}. It is found
 * by ServiceLoader on the module path or in a jar dropped into the plugins folder, where it gets a module layer of its
 * own.
 *
 * <p>Reading order: {@link dev.javelin.spi.PluginProvider}, then the package of the kind you write:
 * {@code dev.javelin.spi.device}, {@code dev.javelin.spi.strategy}, {@code dev.javelin.spi.communicator} or
 * {@code dev.javelin.spi.cluster}.
 *
 * <p>Versions: {@link dev.javelin.spi.Spi#MAJOR} is compiled into each plugin; the loader leaves out a plugin built for
 * another major version and says so.
 */
@NullMarked
package dev.javelin.spi;

import org.jspecify.annotations.NullMarked;
