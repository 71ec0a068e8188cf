/**
 * A run as the command line drives it: where it lies, how it is stopped, and text from its model.
 *
 * <p>Reading order: {@link dev.javelin.cli.run.RunPlace} (folder, resume), {@link
 * dev.javelin.cli.run.DataSource} and {@link dev.javelin.cli.run.RunData} (what a family trains on), {@link
 * dev.javelin.cli.run.Job} (a configured training, compiled), {@link dev.javelin.cli.run.Signals} (Ctrl-C and SIGTERM), {@link
 * dev.javelin.cli.run.StopTexts} (what ends a text that a model writes).
 *
 * <p>Threads: {@code Signals} runs its action on a thread of the JVM; the rest belongs to the thread of the command.
 */
@NullMarked
package dev.javelin.cli.run;

import org.jspecify.annotations.NullMarked;
