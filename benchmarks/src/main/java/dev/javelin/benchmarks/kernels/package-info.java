/**
 * The CPU accelerator's fast kernels, all of them, beside their limits: copy bandwidth for those that move memory, matrix
 * products for those that multiply.
 *
 * <p>{@link dev.javelin.benchmarks.kernels.KernelCases} lists the kernels by operation and size; a test looks whether one of
 * the dispatch table is missing. {@link dev.javelin.benchmarks.kernels.FastKernel} measures one of them,
 * {@link dev.javelin.benchmarks.kernels.ProductKernels} products in one thread beside calls of OpenBLAS on the whole.
 * {@link dev.javelin.benchmarks.kernels.KernelTable} runs them, in parts if asked to, and writes the table
 * {@code cpu-kernels.md} with every figure as a ratio to the limit measured in the same run.
 */
@NullMarked
package dev.javelin.benchmarks.kernels;

import org.jspecify.annotations.NullMarked;
