/**
 * Scalar reference kernels: naive loops, one after the other, easy to read. They define what every faster kernel must
 * compute, and they run everything that has no faster kernel.
 *
 * <p>Arithmetic, the same for FLOAT32 and FLOAT64: elements are read as double, an instruction computes in double with
 * {@link StrictMath}, and each result is rounded once to the output's type. Three kernels round in between, because
 * their operations are defined as steps: affine (a product, then a sum), the fused product (the product, then each part
 * of its epilogue) and the embedding's gradient (one addition per token, in the order of tokens). Sums run in row-major
 * order of the elements. Kernels that only move elements copy bytes, so that NaNs keep their payload.
 *
 * <p>Read {@link dev.javelin.accelerator.cpu.reference.ReferenceKernels}, the table, then
 * {@link dev.javelin.accelerator.cpu.reference.Elements} and any family: {@code Elementwise}, {@code Moves},
 * {@code Reductions}, {@code Products}, {@code Rows}, {@code AttentionLoops}, {@code States}.
 *
 * <p>Threads: kernels run on the calling thread and hold no state of their own.
 */
@NullMarked
package dev.javelin.accelerator.cpu.reference;

import org.jspecify.annotations.NullMarked;
