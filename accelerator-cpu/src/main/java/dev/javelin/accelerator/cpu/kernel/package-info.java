/**
 * What the planner and the kernels of this module agree on. A {@link dev.javelin.spi.kernel.KernelTable} answers an
 * instruction with a {@link dev.javelin.accelerator.cpu.kernel.KernelChoice}: the plan, which is pure, and how to ready
 * the kernel on the opened {@link dev.javelin.accelerator.cpu.kernel.Machine}. So what is planned and what is run cannot
 * differ.
 *
 * <p>Kernels get raw addresses and read them through {@link dev.javelin.accelerator.cpu.kernel.Memory#ALL}.
 *
 * <p>Threads: tables, rules and choices are immutable. A kernel is launched by one thread at a time.
 */
@NullMarked
package dev.javelin.accelerator.cpu.kernel;

import org.jspecify.annotations.NullMarked;
