/**
 * Ranks of one host, as threads or processes, exchange buffers in the memory they share; threads also in that of a device.
 *
 * <p>Reading order: {@link dev.javelin.communicator.local.LocalProvider}; {@code LocalCommunicator}, one rank's end of a
 * group; {@code Group}, how its members meet; {@code Collectives}, what they do then; {@code Region}, the layout of the
 * shared memory; {@code Patience} and {@code Bell}, how a rank waits; {@code Reach}, how ranks find each other's buffers:
 * {@code ThreadReach} by plain addresses, {@code ProcessReach} in segments that {@code Peers} and {@code SharedFiles}
 * map; {@code DeviceCollectives}, what ranks do that share a device, by {@code Signals}, {@code Additions} and
 * {@code HostStage}; {@code Messages}, from rank to rank; {@code Mismatch}, who does another thing than the others; {@code Splitting}.
 *
 * <p>Data flow of a sum: every rank writes into a line of its own region what it calls and where its buffer lies, and
 * then the call's number. When all numbers are there, all lines are compared: ranks that disagree are named before any
 * buffer is touched. Then each rank reads its share of all buffers, adds by the tree and writes the result into all of
 * them; a second number tells that it is done. Small buffers are copied into the region and need no second number.
 *
 * <p>Ranks whose devices name one address space (threads that share a GPU) meet in the same way, but while they enqueue, in
 * the callers' threads: what moves and adds is enqueued on each rank's own queue, whose order with the others is kept by
 * events. Sums are added in place by the device's own addition; no device memory is taken. Integers, which devices do not
 * add, and buffers that are not aligned pass through memory of the host.
 *
 * <p>Processes share memory without a name: a file made by {@code memfd_create}, which peers open through
 * {@code /proc/PID/fd}. Nothing is left behind, whoever is killed. Memory from {@code allocate} is such a file and is
 * read and written in place; other buffers pass through a window, at half the speed.
 *
 * <p>Waiting: a rank spins for 3 microseconds, gives way to others for up to 100, and then sleeps (a futex between
 * processes, a parked thread in one) in slices of 100 ms, between which it asks its seat whether it waits in vain.
 *
 * <p>Threads: calls of one rank come from one thread at a time; {@code abort} from any. Memory that is shared goes when
 * the communicator is closed and no call is in it any more.
 */
@NullMarked
package dev.javelin.communicator.local;

import org.jspecify.annotations.NullMarked;
