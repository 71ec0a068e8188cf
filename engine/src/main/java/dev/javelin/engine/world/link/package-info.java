/**
 * What ties the ranks of a process to the rest of their world. {@link dev.javelin.engine.world.link.LocalLink} serves a
 * world of threads; {@link dev.javelin.engine.world.link.RemoteLink} is a process's connection to the
 * {@link dev.javelin.engine.world.link.ControlServer}, which lives in the launcher or in process 0 and keeps the watch.
 *
 * <p>The protocol of the control connection, after the handshake of {@code dev.javelin.engine.world.wire}; all messages
 * are its frames:
 *
 * <pre>
 * process to server                              server to process
 *  1 JOIN   job, version, process, ranks of      16 JOINED   who keeps the server, its rank
 *           each process, host, pid, identity    17 REFUSED  code, problem, remedy; the connection ends
 *           of the host, data port               18 WORLD    once all have joined: host, pid, identity,
 *  2 HEART  pulses of its ranks, four a second            address and data port of each process
 *  3 FAILED what a rank threw                    19 BEAT     four a second
 *  4 ENDED  a rank has ended its run             20 ANSWER   to PUT (1 or 0: the key is taken) and GET
 *  5 PUT    number, key, value                   21 ALL_ENDED  all ranks have ended their run
 *  6 GET    number, key                          22 VERDICT  code, rank, problem, remedy, alike
 *  7 LEAVE  the process closes its world
 *  8 STARTED  its ranks begin a run
 * </pre>
 *
 * <p>Whoever hears nothing from the other end for the timeout takes it for lost, and so it is at once if the connection
 * breaks before the end of the run. Times are measured by the clock of whoever measures; spans, not times, are sent.
 * Connections between ranks go from the higher rank to the data port of the lower one's process.
 *
 * <p>Reading order: {@link dev.javelin.engine.world.link.Link}, {@link dev.javelin.engine.world.link.LocalLink},
 * {@link dev.javelin.engine.world.link.ControlServer}, {@link dev.javelin.engine.world.link.RemoteLink}. Threads: nothing
 * in a link waits but joining and closing; messages leave by a thread of each connection and come by another.
 */
@NullMarked
package dev.javelin.engine.world.link;

import org.jspecify.annotations.NullMarked;
