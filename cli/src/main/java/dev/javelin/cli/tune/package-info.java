/**
 * What {@code javelin tune} shows: {@link dev.javelin.cli.tune.RateReport} and {@link dev.javelin.cli.tune.RateDrawing} for
 * a range test of the learning rate, {@link dev.javelin.cli.tune.BatchReport} for a search for a batch,
 * {@link dev.javelin.cli.tune.Memory} for sizes. The search itself is the engine's tuner.
 */
@NullMarked
package dev.javelin.cli.tune;

import org.jspecify.annotations.NullMarked;
