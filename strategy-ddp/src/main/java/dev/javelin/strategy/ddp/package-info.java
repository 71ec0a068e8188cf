/**
 * Data parallelism in the vocabulary of PyTorch's DistributedDataParallel: every rank holds the whole model, computes
 * gradients on its rows, and the sums over the ranks are formed bucket by bucket while the backward pass goes on.
 *
 * <p>Reading order: {@link dev.javelin.strategy.ddp.DdpProvider} and its other names in
 * {@link dev.javelin.strategy.ddp.LightningNames}; {@link dev.javelin.strategy.ddp.DdpOptions} and
 * {@link dev.javelin.strategy.ddp.PowerSgdOptions}, what a user may say; {@link dev.javelin.strategy.ddp.Buckets}, the
 * rule that cuts a model into units; {@link dev.javelin.strategy.ddp.DdpStrategy}, which makes the plan of these.
 *
 * <p>Then the fragments, which write their part of a step's program in place of the plain sum:
 * {@link dev.javelin.strategy.ddp.SumReducer} in 16 bits ({@link dev.javelin.strategy.ddp.Compression});
 * {@link dev.javelin.strategy.ddp.PowerSgd}, written by {@link dev.javelin.strategy.ddp.PowerSgdStep} with
 * {@link dev.javelin.strategy.ddp.Factors} and {@link dev.javelin.strategy.ddp.Orthonormal}; and behind updates
 * {@link dev.javelin.strategy.ddp.ParameterMean}.
 *
 * <p>There is no run time here: the engine derives the reductions from the plan and runs the fragments. All types are
 * immutable but the two that live while a fragment is written; any thread may use them. Errors: {@code JVL-STR-0011}
 * options, or a name and an option, that contradict each other.
 */
@NullMarked
package dev.javelin.strategy.ddp;

import org.jspecify.annotations.NullMarked;
