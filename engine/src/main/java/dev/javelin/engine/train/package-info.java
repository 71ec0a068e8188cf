/**
 * The training loop: the engine's implementation of {@link dev.javelin.api.trainer.Trainer}.
 *
 * <p>Reading order: {@link dev.javelin.engine.train.EngineTrainer} (opens what a run needs and closes it), {@link
 * dev.javelin.engine.train.RunSetup} (what the program around it wants of the folder), {@code
 * FitLoop} (the loop on one screen), {@link dev.javelin.engine.train.SampleOrder} (which row comes when), {@code
 * StepRows} and {@code BatchReader} (rows to micro-batches), {@code Evaluation} (validation loss), {@code CheckpointSeries} and {@link
 * dev.javelin.engine.train.Restoring} (state to disk and back), {@code Patience} (early stopping), {@code
 * SpikeWindow} and {@code Gauges} (what is measured of steps), {@code Endings}, {@code SummaryFile} and {@code RunFiles}
 * (what a run writes about itself, besides its logs in {@code dev.javelin.engine.log}).
 *
 * <p>Where a run stands is one number: how many samples it has consumed. Sample s is row π(s mod n) of the n rows, with
 * π the permutation of epoch s / n, a pure function of (seed, epoch). A batch that reaches the end of an epoch goes on in
 * the next, so that every batch is full, every row is seen once an epoch, and step, epoch and place within it follow from
 * the one number. Together with counter-based random numbers that makes a resumed run equal to one that was never
 * interrupted, bit for bit, at any step.
 *
 * <p>Validation reads the rows in order, once each; the last batch is padded with rows of weight 0.
 *
 * <p>Threads: a trainer's {@code fit} runs on the thread that calls it and calls the callbacks there; {@code stop} may
 * be called from any. Batches are read on that thread too: it takes about 0.05 ms of a
 * step of more than 100 ms. On a device that works beside its caller, the rows of a step are read while the one before is
 * computed.
 */
@NullMarked
package dev.javelin.engine.train;

import org.jspecify.annotations.NullMarked;
