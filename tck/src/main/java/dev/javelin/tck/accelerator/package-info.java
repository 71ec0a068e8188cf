/**
 * The rules for accelerators. {@link dev.javelin.tck.accelerator.AcceleratorChapter} lists them;
 * {@link dev.javelin.tck.accelerator.AcceleratorSubject} is what they are checked against: a provider with its options, an
 * {@link dev.javelin.tck.accelerator.Oracle} that computes in 64 bits what should come out, and an
 * {@link dev.javelin.tck.accelerator.Extent}.
 *
 * <p>Data flow: a check opens the device ({@code Bench}), lays inputs, outputs and workspace out in one range of its memory
 * with guards between them ({@code Trial}), launches, and compares what lies there with the oracle's numbers, within the
 * bound of one table ({@code Tolerance}). Device memory is never touched from the host: everything goes through copies, so
 * that a device with memory of its own is checked as any other.
 *
 * <p>Threads: a check opens its own device and uses it from its own thread, but where the rule is about threads.
 */
@NullMarked
package dev.javelin.tck.accelerator;

import org.jspecify.annotations.NullMarked;
