package dev.javelin.engine.world.link;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.Secret;
import dev.javelin.engine.world.wire.Handshake;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Finds the control server, which may start later than this process, and proves to it that this one belongs to the job. */
final class Rendezvous {
    private static final int CONNECT_MILLIS = 3_000;
    private static final long HANDSHAKE_MILLIS = 5_000;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String host;
    private final int port;
    private final Supplier<Optional<Secret>> secrets;
    private final boolean mayChange;

    /**
     * A place to meet.
     *
     * @param secrets gives the secret, or nothing while it is unknown
     * @param mayChange whether a secret that proves wrong may be an old one, so that it is asked for again
     */
    Rendezvous(String host, int port, Supplier<Optional<Secret>> secrets, boolean mayChange) {
        this.host = host;
        this.port = port;
        this.secrets = secrets;
        this.mayChange = mayChange;
    }

    /** A connection, and the secret that both ends know. */
    record Met(SocketChannel channel, Secret secret) {}

    /** The connection, once both ends have proved that they know the secret. */
    Met connect(long timeoutMillis) {
        long begin = System.nanoTime();
        while (true) {
            IOException why;
            try {
                return attempt();
            } catch (Handshake.Refused e) {
                boolean passing = e.reason() == Handshake.Reason.TOO_SLOW
                        || mayChange && e.reason() == Handshake.Reason.WRONG_SECRET;
                if (!passing) {
                    throw refused(e);
                }
                why = e;
            } catch (IOException e) {
                why = e;
            }
            long waited = System.nanoTime() - begin;
            if (waited > TimeUnit.MILLISECONDS.toNanos(timeoutMillis)) {
                throw why instanceof Handshake.Refused e && e.reason() == Handshake.Reason.WRONG_SECRET
                        ? refused(e)
                        : unreachable(why, waited);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private Met attempt() throws IOException {
        Secret secret = secrets.get().orElseThrow(() -> new IOException("process 0 has not yet shared a secret"));
        SocketChannel channel = SocketChannel.open();
        try {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException("no host of that name is known");
            }
            channel.socket().connect(address, CONNECT_MILLIS);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Handshake.client(channel, secret, Handshake.Purpose.CONTROL, HANDSHAKE_MILLIS);
            return new Met(channel, secret);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private String place() {
        return "the rendezvous at " + host + " port " + port;
    }

    private JavelinException refused(Handshake.Refused why) {
        return switch (why.reason()) {
            case WRONG_SECRET ->
                new JavelinException(
                        "JVL-RNK-0007",
                        place() + " has another secret than this process",
                        "give all processes the same secret, and each job a rendezvous port of its own",
                        why);
            case OTHER_VERSION, OTHER_PURPOSE, NO_JAVELIN, TOO_SLOW ->
                new JavelinException(
                        "JVL-RNK-0006",
                        "something else answers for " + place() + ": " + why.getMessage(),
                        "choose a rendezvous port that is free on the host of process 0, and install one version of Javelin"
                                + " on all hosts",
                        why);
        };
    }

    private JavelinException unreachable(IOException why, long waitedNanos) {
        String reason = why instanceof SocketTimeoutException ? "it does not answer" : String.valueOf(why.getMessage());
        return new JavelinException(
                "JVL-RNK-0006",
                place() + " could not be reached for " + TimeUnit.NANOSECONDS.toMillis(waitedNanos) + " ms: " + reason,
                "look at whether process 0 runs, whether the address is that of its host, and whether a firewall keeps the"
                        + " port closed",
                why);
    }
}
