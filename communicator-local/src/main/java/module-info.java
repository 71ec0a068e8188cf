import dev.javelin.communicator.local.LocalProvider;
import dev.javelin.spi.communicator.CommunicatorProvider;

/** Ranks of one host, as threads or processes, exchange buffers in the memory they share. */
module dev.javelin.communicator.local {
    requires transitive dev.javelin.spi;
    requires dev.javelin.communicator.host;

    provides CommunicatorProvider with
            LocalProvider;
}
