/**
 * Configuration: text from a file, {@code --set} and options becomes typed records, once.
 *
 * <p>Reading order: {@link dev.javelin.cli.config.Setting} (one key, its text and where it was written),
 * {@link dev.javelin.cli.config.ConfigFile} (YAML to settings), {@link dev.javelin.cli.config.Settings} (typed reading:
 * types, ranges, unknown keys), {@link dev.javelin.cli.config.RunConfig} and the records in it (what is read, with the
 * defaults), {@link dev.javelin.cli.config.PluginSettings} (options of plugins, which only they know), {@link dev.javelin.cli.config.ConfigText} (back to YAML).
 *
 * <p>Data flow: later settings win: the file, then options such as {@code --seed}, then {@code
 * --set}, in whatever order they stand on the command line. A key is known because a record reads
 * it; what nobody read is refused with the nearest known key. {@code RunConfig.tree()} is the effective configuration:
 * its YAML, read again, gives an equal {@code RunConfig}.
 *
 * <p>All types but {@code Settings}, which lives while it is read, are immutable.
 */
@NullMarked
package dev.javelin.cli.config;

import org.jspecify.annotations.NullMarked;
