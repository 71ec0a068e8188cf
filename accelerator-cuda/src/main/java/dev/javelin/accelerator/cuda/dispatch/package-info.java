/**
 * Which kernel runs which instruction: one class for each family of {@code src/main/cuda}, one line for each in
 * {@link dev.javelin.accelerator.cuda.dispatch.CudaKernels}. Pure.
 */
@NullMarked
package dev.javelin.accelerator.cuda.dispatch;

import org.jspecify.annotations.NullMarked;
