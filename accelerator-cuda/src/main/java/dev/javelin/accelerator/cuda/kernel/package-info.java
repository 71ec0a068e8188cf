/**
 * The seam between the planner, the opened GPU and the kernels. A rule of the table looks at an instruction and answers
 * with a {@link dev.javelin.accelerator.cuda.kernel.KernelChoice}: the plan, which the engine gets, and
 * {@link dev.javelin.accelerator.cuda.kernel.Step}s, which are pure data: {@link dev.javelin.accelerator.cuda.kernel.Launch}
 * of an entry of our own CUDA C, {@link dev.javelin.accelerator.cuda.kernel.Clear},
 * {@link dev.javelin.accelerator.cuda.kernel.Copy}, or a product of cuBLAS. Nothing of it needs a GPU, so a test compares
 * each launch's parameters with the entry in the PTX.
 *
 * <p>On an opened {@link dev.javelin.accelerator.cuda.kernel.Device} each step is readied once per instruction, which
 * gives {@link dev.javelin.accelerator.cuda.kernel.Work}: parameters lie in memory, and a launch only writes addresses.
 *
 * <p>To add a kernel: write {@code src/main/cuda/FAMILY.cu}; compile it with {@code accelerator-cuda/compile-kernels};
 * write the rule in the family's class of {@code dispatch}, and its row in {@code CudaKernels}.
 *
 * <p>Threads: choices are immutable; work is enqueued by one thread at a time.
 */
@NullMarked
package dev.javelin.accelerator.cuda.kernel;

import org.jspecify.annotations.NullMarked;
