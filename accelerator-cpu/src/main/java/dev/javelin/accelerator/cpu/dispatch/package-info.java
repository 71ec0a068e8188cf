/**
 * Which fast kernel runs which instruction. {@link dev.javelin.accelerator.cpu.dispatch.FastKernels} is the table; its
 * rules, by family in {@code FastElementwise}, {@code FastMoves}, {@code FastReductions}, {@code FastProducts},
 * {@code FastRows}, {@code FastAttention}, {@code FastStates}, look at an instruction's types and shapes, decline what
 * no fast kernel fits (the reference table below then answers), and translate types and operands into a kernel's
 * arguments. No arithmetic lives here.
 *
 * <p>Threads: all is immutable; kernels run on the machine's workers.
 */
@NullMarked
package dev.javelin.accelerator.cpu.dispatch;

import org.jspecify.annotations.NullMarked;
