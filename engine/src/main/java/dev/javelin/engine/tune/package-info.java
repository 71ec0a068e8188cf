/**
 * Finds settings: {@link dev.javelin.engine.tune.EngineTuner} is the engine's tuner, {@link
 * dev.javelin.engine.tune.RateTest} trains with a growing learning rate, {@link dev.javelin.engine.tune.RateCurve} reads the
 * losses, {@link dev.javelin.engine.tune.BatchFinder} bisects over compilations.
 *
 * <p>A range test is an ordinary run of the trainer, with another schedule, a listener and no folder; so it works with
 * every strategy and number of ranks. A search for a batch needs no device.
 */
@NullMarked
package dev.javelin.engine.tune;

import org.jspecify.annotations.NullMarked;
