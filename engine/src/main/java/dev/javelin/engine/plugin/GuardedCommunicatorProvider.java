package dev.javelin.engine.plugin;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Seat;

/** A communicator's provider behind a guard. Its calls pass through: they are on the path of every step. */
record GuardedCommunicatorProvider(CommunicatorProvider provider, PluginGuard guard) implements CommunicatorProvider {

    @Override
    public String name() {
        return guard.call("name", provider::name);
    }

    @Override
    public int spiMajor() {
        return guard.call("spiMajor", provider::spiMajor);
    }

    @Override
    public Probe probe() {
        return guard.call("probe", provider::probe);
    }

    @Override
    public Abilities abilities() {
        return guard.call("abilities", provider::abilities);
    }

    @Override
    public Communicator join(Seat seat, Options options) {
        return guard.call("join", () -> provider.join(seat, options));
    }
}
