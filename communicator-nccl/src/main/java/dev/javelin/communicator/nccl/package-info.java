/**
 * Ranks with a GPU each exchange buffers by NVIDIA's NCCL, bound by java.lang.foreign.
 *
 * <p>Reading order: {@link dev.javelin.communicator.nccl.NcclProvider}; {@code NcclCommunicator}, one rank's end of a group;
 * {@code Roll}, how the ranks of a group meet on the host, by {@code ThreadRoll} or {@code SocketRoll}; {@code Line}, what
 * each says there; {@code Clique}, NCCL's communicator of the group and who watches it; {@code Nccl}, the library.
 *
 * <p>Data flow of a call: the ranks meet on the host and compare what they call, which NCCL does not do: ranks that
 * disagree are named before anything is enqueued, and whoever waits asks its seat. Then each enqueues NCCL's work on the
 * native stream of its queue. The clique is made at the first call, when the ranks know their devices.
 *
 * <p>Nothing hangs: while work of NCCL is in progress on a queue, a watcher asks NCCL for errors and the seat whether to
 * wait on; what they say ends the clique, and with it the work, and is thrown by the queue's {@code synchronize}.
 *
 * <p>Sums are added in an order of NCCL's own.
 *
 * <p>Threads: calls of one rank from one thread at a time; {@code abort} from any. The watcher ends with the group.
 */
@NullMarked
package dev.javelin.communicator.nccl;

import org.jspecify.annotations.NullMarked;
