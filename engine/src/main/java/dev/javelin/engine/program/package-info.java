/**
 * The program: a straight line of instructions in SSA form. {@link dev.javelin.engine.program.ProgramBuilder} writes
 * one (it is the {@code Graph} behind every {@code Tensor}), {@link dev.javelin.engine.program.Program} is the finished
 * data, and {@link dev.javelin.engine.program.Rewriting} copies one with changes.
 *
 * <p>A program reads and writes memory outside its temporaries through {@link dev.javelin.engine.program.Slot}s:
 * parameters, gradients, optimizer state, device scalars, batches and metrics.
 *
 * <p>Programs are immutable; a builder is used by one thread.
 */
@NullMarked
package dev.javelin.engine.program;

import org.jspecify.annotations.NullMarked;
