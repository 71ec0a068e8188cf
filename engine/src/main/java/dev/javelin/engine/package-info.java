/**
 * The engine: one training step is a program, a strategy is a plan, and the engine turns the two into a schedule and
 * runs it.
 *
 * <p>Reading order follows the data: {@code trace} (model code writes a program), {@code differentiate} (the backward
 * pass), {@code lower} (the plan's chunks, the update, what the accelerator accepts), {@code schedule}, {@code place}
 * (every address), {@code verify} (a simulation that trusts none of it), {@code run}.
 * {@link dev.javelin.engine.Compilation} does all but the last without touching a device;
 * {@code dev.javelin.engine.run.Session} runs it. Around them: {@code checkpoint}, {@code plugin}, {@code train}, {@code
 * profile} and {@code log}.
 *
 * <p>All of compilation is pure and may be called from any thread; there is no static mutable state, and two engines
 * live side by side.
 */
@NullMarked
package dev.javelin.engine;

import org.jspecify.annotations.NullMarked;
