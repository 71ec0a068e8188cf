/**
 * The CPU accelerator's kernels beside their limits: copy bandwidth for those that move memory, one-thread OpenBLAS
 * calls for products.
 *
 * <p>{@link dev.javelin.benchmarks.kernels.MemoryKernels} and {@link dev.javelin.benchmarks.kernels.ProductKernels} are
 * JMH benchmarks; {@link dev.javelin.benchmarks.kernels.KernelTable} runs both and writes the table {@code
 * cpu-kernels.md} with every figure as a ratio to the limit measured in the same run.
 */
@NullMarked
package dev.javelin.benchmarks.kernels;

import org.jspecify.annotations.NullMarked;
