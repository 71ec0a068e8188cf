/**
 * The ranks of a run and how they know of each other. A {@link dev.javelin.engine.world.World} is what one JVM sees: its
 * {@link dev.javelin.engine.world.Member}s are the ranks that are threads of it. Each member has a
 * {@link dev.javelin.engine.world.Pulse}, which says how far it is; the world's watch compares the pulses of all ranks
 * and names the one that is lost or stands still.
 *
 * <p>Reading order: {@link dev.javelin.engine.world.World}, {@link dev.javelin.engine.world.Pulse}.
 */
@NullMarked
package dev.javelin.engine.world;

import org.jspecify.annotations.NullMarked;
