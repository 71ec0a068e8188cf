/**
 * Settings found instead of guessed: the learning rate by a short range test, the batch by asking the plan.
 *
 * <p>Read {@link dev.javelin.api.tuning.Tuner} first; {@link dev.javelin.api.tuning.RateSearch} and
 * {@link dev.javelin.api.tuning.BatchSearch} say what is looked for, {@link dev.javelin.api.tuning.RateFindings} and
 * {@link dev.javelin.api.tuning.BatchFindings} what was found. A tuner changes nothing: no file is written and no run is
 * touched; whoever likes a finding puts it into the options of a trainer. All types are immutable except a tuner at work.
 */
@NullMarked
package dev.javelin.api.tuning;

import org.jspecify.annotations.NullMarked;
