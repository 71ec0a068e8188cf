/**
 * The processes that a {@link dev.javelin.engine.world.ProcessLauncher} starts: each a
 * {@link dev.javelin.engine.world.launch.Child} in a session of its own, which reads its place in the world from its
 * standard input and whose words are relayed. Threads: one for each relayed stream; the JVM's own tell of ends.
 */
@NullMarked
package dev.javelin.engine.world.launch;

import org.jspecify.annotations.NullMarked;
