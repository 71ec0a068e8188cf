package dev.javelin.communicator.tcp;

import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.communicator.host.TreeSum;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Seat;
import java.util.List;

/** The communicator {@code tcp}. It takes no options. */
public final class TcpProvider implements CommunicatorProvider {

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return module().isNativeAccessEnabled()
                ? Probe.available("ranks on any hosts, over TCP")
                : Probe.unavailable("needs access to memory by address: " + grant());
    }

    @Override
    public Abilities abilities() {
        return Abilities.of(TreeSum.TYPES);
    }

    /**
     * Connects to all other ranks.
     *
     * @throws JavelinException {@code JVL-COM-0102} if the JVM was started without native access for
     *     {@code dev.javelin.communicator.host}
     */
    @Override
    public Communicator join(Seat seat, Options options) {
        options.requireKnown(List.of());
        if (!module().isNativeAccessEnabled()) {
            throw new JavelinException(
                    TcpErrors.NO_NATIVE_ACCESS, "communicator tcp needs access to memory by address", grant());
        }
        return new TcpCommunicator(Wires.connect(seat), Group.world(seat.rank(), seat.size()));
    }

    private static Module module() {
        return HostMemory.class.getModule();
    }

    private static String grant() {
        return "start Java with --enable-native-access=" + (module().isNamed() ? module().getName() : "ALL-UNNAMED");
    }
}
