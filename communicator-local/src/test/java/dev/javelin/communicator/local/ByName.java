package dev.javelin.communicator.local;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Seat;

/** Processes that share files by name alone. */
final class ByName implements CommunicatorProvider {
    private final LocalProvider local = new LocalProvider();

    @Override
    public String name() {
        return "by-name";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return local.probe();
    }

    @Override
    public Abilities abilities() {
        return local.abilities();
    }

    @Override
    public Communicator join(Seat seat, Options options) {
        return LocalProvider.processes(seat, SharedFiles.Kind.NAMED);
    }
}
