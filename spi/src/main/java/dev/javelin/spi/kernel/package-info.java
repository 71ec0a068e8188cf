/**
 * What authors of an accelerator need to choose kernels; the engine uses next to none of it. A
 * {@link dev.javelin.spi.kernel.KernelTable} maps each class of operation to a {@link dev.javelin.spi.kernel.KernelRule}.
 * The rule looks at an {@link dev.javelin.spi.kernel.Instruction} and answers with a choice of the accelerator's own type:
 * the {@link dev.javelin.spi.device.KernelPlan}, which is pure, and how to ready the kernel on an opened device. Planner
 * and opened device ask one table, so what is planned and what is run cannot differ.
 *
 * <p>The extents of operations that have some, and where their elements lie:
 * {@link dev.javelin.spi.kernel.ProductShape}, {@link dev.javelin.spi.kernel.AttentionShape},
 * {@link dev.javelin.spi.kernel.CacheShape}, {@link dev.javelin.spi.kernel.RotaryShape}.
 *
 * <p>What the host computes as kernels do: {@link dev.javelin.spi.kernel.TokenChoice}; the engine uses it where there is no
 * kernel.
 *
 * <p>Threads: all of it is immutable.
 */
@NullMarked
package dev.javelin.spi.kernel;

import org.jspecify.annotations.NullMarked;
