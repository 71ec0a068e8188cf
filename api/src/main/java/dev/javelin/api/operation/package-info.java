/**
 * The operations: one record each, with its shape rule, its gradient rule and, unless it is a primitive, its
 * decomposition into simpler operations. Start with {@link dev.javelin.api.operation.Binary} (a primitive with a
 * gradient) and {@link dev.javelin.api.operation.Softmax} (an operation with a decomposition).
 *
 * <p>The primitives, which every accelerator has kernels for: fill, iota, unary, affine, binary, compare, select, cast,
 * reduce, broadcast, matmul, permute, slice, pad, concat, embedding and its gradient, random uniform, and those of
 * state: assign, accumulate, pack, square sum, exact norm, is finite. Views (reshape, view, leading slices, stop
 * gradient) and log and print need no kernel. {@link dev.javelin.api.operation.ChooseToken} is neither primitive nor
 * decomposed: where there is no kernel for it, the host does its work.
 *
 * <p>Records are immutable and hold no state; they may be used from any thread.
 */
@NullMarked
package dev.javelin.api.operation;

import org.jspecify.annotations.NullMarked;
