/**
 * What model code is written in. Nothing here runs anything: calling these methods writes a program, which the engine
 * differentiates, places and runs.
 *
 * <p>Reading order: {@link dev.javelin.api.Layer} (a model), {@link dev.javelin.api.Tensor} (a value of the program
 * being written), {@link dev.javelin.api.TrainingModule} (model and loss), {@link dev.javelin.api.Dataset} (rows to
 * train on), then {@link dev.javelin.api.trainer.Trainer}. Behind them: {@link dev.javelin.api.Operation} (one kind of
 * instruction, open for extension) and {@link dev.javelin.api.Graph} (the program under construction).
 *
 * <p>Data flow: {@code TrainingModule.trainingStep} asks the {@code Step} for input tensors and applies layers to them;
 * each tensor method emits an {@code Operation} into the {@code Graph}; the step returns a {@code Loss}.
 *
 * <p>Threads: one graph is written by one thread. Layers, parameters, operations and types hold no state after
 * construction and may be shared.
 */
@NullMarked
package dev.javelin.api;

import org.jspecify.annotations.NullMarked;
