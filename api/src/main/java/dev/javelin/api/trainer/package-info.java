/**
 * Running a training: {@link dev.javelin.api.trainer.TrainerOptions} says what, {@link dev.javelin.api.trainer.Trainer}
 * does it (through the engine on the module path), {@link dev.javelin.api.trainer.Callback} hears of it and
 * {@link dev.javelin.api.trainer.FitResult} is the outcome. Options are immutable; callbacks are called on the thread
 * that trains.
 */
@NullMarked
package dev.javelin.api.trainer;

import org.jspecify.annotations.NullMarked;
