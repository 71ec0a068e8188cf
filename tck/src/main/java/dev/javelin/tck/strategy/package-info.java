/**
 * The rules for strategies. {@link dev.javelin.tck.strategy.StrategyChapter} lists them;
 * {@link dev.javelin.tck.strategy.StrategySubject} is what they are checked against.
 *
 * <p>A strategy is one pure function, so each check asks it for plans of a few models over several meshes, looks at the
 * plans as data, and lets the engine compile them. A strategy may refuse a mesh or a model with a coded error
 * ({@code JVL-STR-...}); what it does not refuse must be right.
 */
@NullMarked
package dev.javelin.tck.strategy;

import org.jspecify.annotations.NullMarked;
