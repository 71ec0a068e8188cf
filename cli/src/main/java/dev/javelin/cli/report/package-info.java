/**
 * Who hears of a run: callbacks, found as beans of a Micronaut context.
 *
 * <p>{@link dev.javelin.cli.report.Reporters} opens an {@code ApplicationContext} with the console and the configuration
 * in it, and takes every {@code dev.javelin.api.trainer.Callback} bean. A module that adds such a bean (a live monitor)
 * hears of every run without a change here. Commands that do not train never start the context.
 *
 * <p>{@code ProgressReporter} is the line that people watch.
 *
 * <p>The package is exported because Micronaut makes bean definitions through a public lookup. Reporters are called on
 * the thread that trains.
 */
@NullMarked
package dev.javelin.cli.report;

import org.jspecify.annotations.NullMarked;
