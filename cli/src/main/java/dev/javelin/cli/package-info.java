/**
 * The command line: maps words to typed settings once, runs the engine, and turns errors into exit codes.
 *
 * <p>Reading order: {@link dev.javelin.cli.Main} (the commands), {@code FitCommand} (the one that matters most),
 * {@code Console} (what goes to stdout and what to stderr), {@code Failures} (errors and exit codes),
 * {@code dev.javelin.cli.config} (configuration), {@code dev.javelin.cli.run} (a run with its folder, signals and
 * reporters).
 *
 * <p>Data flow: picocli fills the fields of one command; the command makes typed records of them, calls the engine, and
 * returns the exit code. With {@code --json} stdout carries exactly one object on one line; everything else goes to
 * stderr. Commands run on the main thread; signals arrive on a thread of the JVM and only ask the run to stop.
 */
@NullMarked
package dev.javelin.cli;

import org.jspecify.annotations.NullMarked;
