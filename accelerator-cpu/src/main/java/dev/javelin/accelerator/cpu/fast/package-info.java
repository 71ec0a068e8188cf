/**
 * The fast kernels: fp32, by the Vector API and one-thread BLAS calls, on raw addresses.
 *
 * <p>Reading order: {@link dev.javelin.accelerator.cpu.fast.Raw} (memory and lanes), {@link
 * dev.javelin.accelerator.cpu.fast.Functions} (exp, log, tanh, GELU), {@link dev.javelin.accelerator.cpu.fast.Tiles},
 * then any kernel: one family a class, each with its formula, its workspace and the reason why its bits never change.
 *
 * <p>Why bits never change, in short: work is cut into tiles by shape; inside a tile sums run in a written order, over
 * lanes too; functions are polynomials of + − × ÷ fma, never the JIT compiler's intrinsics; a tail runs the lanes'
 * arithmetic under a mask. The width of vectors differs between CPU types, and with it the order of some sums.
 *
 * <p>Contract of all kernels: addresses are valid, aligned to their elements, and operands overlap only where a kernel
 * says so; matrices are row-major and contiguous unless strides are passed. Kernels allocate no memory outside the heap;
 * what they need to work in is the caller's {@code workspace}, whose size a function {@code workspaceBytes} gives.
 *
 * <p>Thread rule: one kernel at a time on one {@link dev.javelin.accelerator.cpu.threads.Workers}, called by the thread
 * that owns the queue; a kernel has finished when it returns.
 */
@NullMarked
package dev.javelin.accelerator.cpu.fast;

import org.jspecify.annotations.NullMarked;
