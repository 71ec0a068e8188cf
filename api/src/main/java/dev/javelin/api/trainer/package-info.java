/**
 * Running a training: {@link dev.javelin.api.trainer.TrainerOptions} says what, {@link dev.javelin.api.trainer.Trainer}
 * does it (through the engine on the module path), {@link dev.javelin.api.trainer.Callback} hears of it and
 * {@link dev.javelin.api.trainer.FitResult} is the outcome. Options are immutable; callbacks are called on the thread
 * that trains.
 *
 * <p>Around the loop: {@link dev.javelin.api.trainer.EarlyStopping} ends a run when validations stop getting better,
 * {@link dev.javelin.api.trainer.Monitoring} says what it tells about itself (logs, spikes), {@link
 * dev.javelin.api.trainer.ModelSummary} what it will train, {@link dev.javelin.api.trainer.RunReport} how it ended, and
 * {@code TrainerOptions.withFastDevRun} tries all of it in a few steps.
 *
 * <pre>{@code
 * TrainerOptions options = TrainerOptions.standard()
 *         .withOut(Path.of("runs/first"))
 *         .withValidateEvery(50)
 *         .withEarlyStopping(EarlyStopping.after(5).withMinDelta(0.001))
 *         .withCheckpoints(new CheckpointOptions(100, 2, 3));   // the last two and the best three
 * Trainer trainer = Trainer.of(options);
 * System.out.println(trainer.summary(module, train, validation).text(2));
 * RunReport report = trainer.fit(module, train, validation).report();
 * System.out.println(report.reason() + "; best: " + report.best());
 * }</pre>
 */
@NullMarked
package dev.javelin.api.trainer;

import org.jspecify.annotations.NullMarked;
