/**
 * An accelerator that only plans. It answers what a device would need, from options alone, so that a job of any size can
 * be traced, lowered, placed and verified on a laptop, with the very code that would run it. It opens no device.
 *
 * <p>Reading order: {@link dev.javelin.accelerator.none.NullProvider}, {@link dev.javelin.accelerator.none.NullOptions},
 * {@link dev.javelin.accelerator.none.NullPlanner}, {@link dev.javelin.accelerator.none.Flops}.
 *
 * <p>It is also the smallest example of an accelerator's planning half. All types are immutable; any thread may use them.
 */
@NullMarked
package dev.javelin.accelerator.none;

import org.jspecify.annotations.NullMarked;
