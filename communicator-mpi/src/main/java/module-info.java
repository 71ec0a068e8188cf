import dev.javelin.communicator.mpi.MpiProvider;
import dev.javelin.spi.communicator.CommunicatorProvider;

/** Ranks that exchange buffers by the installed Open MPI. */
module dev.javelin.communicator.mpi {
    requires transitive dev.javelin.spi;

    provides CommunicatorProvider with
            MpiProvider;
}
