/**
 * The communicator {@code mpi}: the Open MPI that is installed on a cluster, versions 4 and 5, called by
 * java.lang.foreign. Ranks are processes that mpirun or srun started.
 *
 * <p>Reading order: {@link dev.javelin.communicator.mpi.MpiProvider};
 * {@link dev.javelin.communicator.mpi.MpiCommunicator}; {@link dev.javelin.communicator.mpi.Mpi}, the library's functions
 * under their own names; {@link dev.javelin.communicator.mpi.MpiProcess}, how MPI starts and ends.
 *
 * <p>What it does not do: sums follow an order of MPI's own, so they may differ in their last bits from those of other
 * communicators; BF16 and F16 are not added; {@code sentBytes} counts the closed forms, since MPI does not tell. Ahead of
 * each call the ranks gather a description of it, so that ranks that make different collectives disagree in words; a rank
 * that sends where others reduce is not seen here but by the engine's watch.
 *
 * <p>Waiting: a call is begun without waiting and asked for, at first eagerly, then giving way for as long as its bytes
 * may take, then with naps of 20 us;
 * between any two asks the engine says whether to go on. Errors of MPI are returned, not fatal. Errors of its own:
 * {@code JVL-COM-0201} no Open MPI, {@code 0202} a function failed, {@code 0203} no native access.
 *
 * <p>Threads: MPI is started for one thread at a time, which a lock sees to; a call runs on the thread of its queue.
 */
@NullMarked
package dev.javelin.communicator.mpi;

import org.jspecify.annotations.NullMarked;
