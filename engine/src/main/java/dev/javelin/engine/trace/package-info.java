/**
 * Tracing: running model code once to write its program. {@link dev.javelin.engine.trace.Tracer} makes a
 * {@link dev.javelin.engine.trace.Traced} step from a {@code TrainingModule} and a
 * {@link dev.javelin.engine.trace.Signature}. Stateless; a trace is written by one thread.
 */
@NullMarked
package dev.javelin.engine.trace;

import org.jspecify.annotations.NullMarked;
