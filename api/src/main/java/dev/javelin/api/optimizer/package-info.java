/**
 * How parameters change: update rules as traced code ({@link dev.javelin.api.optimizer.Optimizer}), groups of parameters
 * with their own rule ({@link dev.javelin.api.optimizer.ParameterGroup}) and the learning rate over time
 * ({@link dev.javelin.api.optimizer.Schedule}). Rules are written once per chunk of parameters and run wherever the plan
 * puts the optimizer. All types are immutable.
 */
@NullMarked
package dev.javelin.api.optimizer;

import org.jspecify.annotations.NullMarked;
