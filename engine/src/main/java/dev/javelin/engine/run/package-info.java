/**
 * Running: {@link dev.javelin.engine.run.Session} holds an opened device, the memory that the plan asked for and the
 * prepared kernels, and runs training steps, validations and inference on host batches. Its memory is one slab for
 * resident slots and one for temporaries, allocated once.
 *
 * <p>Reading order: {@code Session} (what callers ask), {@code Steps} (what a step is), {@code Programs} and {@code LaunchList} (what is launched), {@code
 * Staging}, {@code Landing} and {@code Results} (what passes between host and device), {@code InitialValues}, {@code
 * Collectives} (ranks), {@code NonFiniteSearch} and {@link dev.javelin.engine.run.Recording} (a look into steps).
 *
 * <p>Data flow of a step: the host writes scalars and micro-batches into their slots, launches the variant's kernels in
 * issue order, waits, and gets the slots of metrics in one copy. Where the device copies beside its work, a step has two
 * halves, {@code begin} and {@code finish}, and its caller stages the next one's rows between them:
 *
 * <pre>
 * caller     begin(N)                       read rows of N+1, stage        finish(N)    begin(N+1)
 * TO_DEVICE  rows of N: host to landing     await free, rows of N+1
 * COMPUTE    await landed, move to slots, record free, kernels of N ...                 await landed, move ...
 * TO_HOST                                                     await computed, results of N
 * </pre>
 *
 * <p>{@code Landing} owns the pinned memory and both events of that way, {@code Results} those of the way back; nobody else
 * knows of them. A device whose copies are done by its caller has neither: {@code stage} then does nothing.
 *
 * <p>While steps are recorded, whoever enqueues does so through the recording, which lets the queue note when it begins and
 * ends: by tasks of the host or, where the device has a clock, by its events ({@code DeviceMarks} owns them), which are
 * read before the next step begins and when the recording is closed.
 *
 * <p>A session is used by one thread and closes all it opened, after its queues have come to rest.
 */
@NullMarked
package dev.javelin.engine.run;

import org.jspecify.annotations.NullMarked;
