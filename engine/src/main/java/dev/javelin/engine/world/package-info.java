/**
 * The ranks of a run and how they know of each other. A {@link dev.javelin.engine.world.World} is what one JVM sees: its
 * {@link dev.javelin.engine.world.Member}s are the ranks that are threads of it. Each member has a
 * {@link dev.javelin.engine.world.Pulse}, which says how far it is; the world's watch compares the pulses of all ranks
 * and names the one that is lost or stands still.
 *
 * <p>{@link dev.javelin.engine.world.Worlds} makes worlds: of threads, or of the processes of a job, each of which knows
 * its {@link dev.javelin.engine.world.WorldPlace}. A {@link dev.javelin.engine.world.ProcessLauncher} starts the processes
 * of one host and hands each its place; across hosts a cluster's engine or the user starts them, and they meet at process
 * 0.
 *
 * <p>Data flow: pulses go to the watch four times a second ({@code world.link}), a judge looks at them
 * ({@code world.watch}), and its verdict ends the {@link dev.javelin.spi.communicator.Seat#waiting} of every rank with
 * the same {@link dev.javelin.engine.world.RankFailure}. Connections are authenticated ({@code world.wire}).
 *
 * <p>Reading order: {@link dev.javelin.engine.world.World}, {@link dev.javelin.engine.world.Pulse},
 * {@link dev.javelin.engine.world.Worlds}, then the packages below. Threads: a member belongs to its rank's threads, a
 * world to the one that made it.
 */
@NullMarked
package dev.javelin.engine.world;

import org.jspecify.annotations.NullMarked;
