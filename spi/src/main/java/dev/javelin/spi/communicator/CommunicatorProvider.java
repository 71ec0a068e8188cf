package dev.javelin.spi.communicator;

import dev.javelin.spi.Options;
import dev.javelin.spi.PluginProvider;

/** A kind of communicator: what it can do, and how a rank joins. */
public interface CommunicatorProvider extends PluginProvider {

    /** What it can do; needs no network and no driver. */
    Abilities abilities();

    /**
     * Joins the group of all ranks. Every rank calls it, each with its own seat; waits until all have.
     *
     * @throws dev.javelin.api.JavelinException for unknown or ill-formed options, {@code JVL-COM-0004} for a world that
     *     it cannot serve, such as ranks on several hosts, with who can
     */
    Communicator join(Seat seat, Options options);
}
