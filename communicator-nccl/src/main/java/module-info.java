import dev.javelin.communicator.nccl.NcclProvider;
import dev.javelin.spi.communicator.CommunicatorProvider;

/** Ranks with a GPU each, that exchange buffers by NVIDIA's NCCL. */
module dev.javelin.communicator.nccl {
    requires transitive dev.javelin.spi;

    provides CommunicatorProvider with
            NcclProvider;
}
