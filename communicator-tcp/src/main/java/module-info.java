import dev.javelin.communicator.tcp.TcpProvider;
import dev.javelin.spi.communicator.CommunicatorProvider;

/** Ranks on several hosts, connected by TCP. */
module dev.javelin.communicator.tcp {
    requires transitive dev.javelin.spi;
    requires dev.javelin.communicator.host;

    provides CommunicatorProvider with
            TcpProvider;
}
