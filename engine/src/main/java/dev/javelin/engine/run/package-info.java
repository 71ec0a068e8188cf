/**
 * Running: {@link dev.javelin.engine.run.Session} holds an opened device, the memory that the plan asked for and the
 * prepared kernels, and runs training steps, validations and inference on host batches. Its memory is one slab for
 * resident slots and one for temporaries, allocated once.
 *
 * <p>Data flow of a step: the host writes batch fields and scalars into their slots, launches the variant's kernels in
 * issue order, waits, and reads the metric slots. A session is used by one thread and closes all it opened.
 */
@NullMarked
package dev.javelin.engine.run;

import org.jspecify.annotations.NullMarked;
