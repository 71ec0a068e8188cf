/**
 * Strategies. A {@link dev.javelin.spi.strategy.Strategy} is one pure function from a model's inventory and a context to
 * a {@link dev.javelin.spi.strategy.ParallelPlan}: data that says, for each unit of parameters and each kind of state,
 * over which mesh axes it is sharded, in which tier it lives and when gradients are reduced. The engine derives all
 * communication from it; a strategy has no run time.
 *
 * <p>Reading order: {@link dev.javelin.spi.strategy.Strategy}, {@link dev.javelin.spi.strategy.ParallelPlan},
 * {@link dev.javelin.spi.strategy.PlanContext}. All types are immutable.
 */
@NullMarked
package dev.javelin.spi.strategy;

import org.jspecify.annotations.NullMarked;
