/**
 * The strategy of one rank: all state is replicated on the one device, in units that follow the model's layers.
 *
 * <p>Reading order: {@link dev.javelin.strategy.single.SingleProvider}, {@link dev.javelin.strategy.single.SingleStrategy},
 * {@link dev.javelin.strategy.single.LayerUnits}, the rule that cuts a model into units. It is also the smallest example
 * of a strategy. All types are immutable; any thread may use them.
 */
@NullMarked
package dev.javelin.strategy.single;

import org.jspecify.annotations.NullMarked;
