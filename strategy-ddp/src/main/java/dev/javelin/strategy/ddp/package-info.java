/**
 * Data parallelism in the vocabulary of PyTorch's DistributedDataParallel: every rank holds the whole model, computes
 * gradients on its rows, and the sums over the ranks are formed bucket by bucket while the backward pass goes on.
 *
 * <p>Reading order: {@link dev.javelin.strategy.ddp.DdpProvider} and its other names in
 * {@link dev.javelin.strategy.ddp.LightningNames}; {@link dev.javelin.strategy.ddp.DdpOptions}, what a user may say;
 * {@link dev.javelin.strategy.ddp.Buckets}, the rule that cuts a model into units; {@link
 * dev.javelin.strategy.ddp.DdpStrategy}, which makes the plan of these. There is no run time here: the engine derives
 * the reductions from the plan. All types are immutable; any thread may use them.
 */
@NullMarked
package dev.javelin.strategy.ddp;

import org.jspecify.annotations.NullMarked;
