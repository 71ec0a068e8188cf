package dev.javelin.engine.world.link;

import dev.javelin.engine.world.link.Messages.Join;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A process that has joined, as the server knows it.
 *
 * @param join what it said of itself
 * @param pipe its connection
 */
record Guest(Join join, Pipe pipe) {

    int process() {
        return join.process();
    }

    Messages.Neighbour neighbour() {
        InetSocketAddress from = (InetSocketAddress) pipe.channel().socket().getRemoteSocketAddress();
        InetAddress address = from == null ? InetAddress.getLoopbackAddress() : from.getAddress();
        byte[] reached = address.isLoopbackAddress() ? new byte[0] : address.getAddress();
        return new Messages.Neighbour(join.host(), join.pid(), join.identity(), reached, join.dataPort());
    }
}
