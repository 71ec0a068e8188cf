/**
 * NVIDIA GPUs as an accelerator.
 *
 * <p>Reading order: {@link dev.javelin.accelerator.cuda.CudaProvider}, what ServiceLoader finds;
 * {@code CudaOptions}; {@code CudaPlanner}, the pure half, which asks a {@code KernelTable} for each instruction;
 * {@code CudaAccelerator}, the opened half: memory, queues and kernels from the same table; then the packages
 * {@code kernel}, {@code dispatch} and {@code driver}.
 */
@NullMarked
package dev.javelin.accelerator.cuda;

import org.jspecify.annotations.NullMarked;
