/**
 * The watch over the ranks. Each rank's JVM tells of its pulse a few times a second
 * ({@link dev.javelin.engine.world.watch.PulseReport}); the {@link dev.javelin.engine.world.watch.Watch} notes when each
 * piece of news arrived, by its own clock, so that no two clocks are compared
 * ({@link dev.javelin.engine.world.watch.RankReport}); the {@link dev.javelin.engine.world.watch.Judge}, a pure function
 * of those notes and the time, says who is guilty. The first {@link dev.javelin.engine.world.watch.Verdict} stands and is
 * the same on all ranks.
 *
 * <p>Reading order: {@link dev.javelin.engine.world.watch.Judge}, {@link dev.javelin.engine.world.watch.RankReport},
 * {@link dev.javelin.engine.world.watch.Failure}. Threads: all but Watch is immutable, Watch takes calls from any
 * thread.
 */
@NullMarked
package dev.javelin.engine.world.watch;

import org.jspecify.annotations.NullMarked;
