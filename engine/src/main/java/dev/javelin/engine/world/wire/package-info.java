/**
 * Connections between the processes of a job: who may connect, and how messages are cut.
 *
 * <p>Each connection begins with a {@link dev.javelin.engine.world.wire.Handshake} in which both ends prove that they know
 * the job's {@link dev.javelin.engine.world.Secret}; a {@link dev.javelin.engine.world.wire.Listener} drops whoever
 * does not. After it come {@link dev.javelin.engine.world.wire.Frames}: binary messages of limited length, big-endian,
 * without Java's serialization. Connections between ranks say which they are
 * ({@link dev.javelin.engine.world.wire.Hello}) and then belong to the communicator
 * ({@link dev.javelin.engine.world.wire.DataPort}).
 *
 * <p>What this guards against: processes that do not know the secret, by accident or on purpose, may connect and send what
 * they like without joining, injecting or disturbing. What it does not: somebody who can read and change packets between
 * the hosts; the data is neither encrypted nor signed.
 *
 * <p>Threads: every port has one that listens; each connection is greeted on a thread of its own.
 */
@NullMarked
package dev.javelin.engine.world.wire;

import org.jspecify.annotations.NullMarked;
