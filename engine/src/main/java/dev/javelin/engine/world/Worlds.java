package dev.javelin.engine.world;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.link.ControlServer;
import dev.javelin.engine.world.link.HostSecret;
import dev.javelin.engine.world.link.LocalLink;
import dev.javelin.engine.world.link.Plan;
import dev.javelin.engine.world.link.RemoteLink;
import dev.javelin.engine.world.watch.PulseReport;
import dev.javelin.spi.communicator.Seat.Closeness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Makes worlds. */
public final class Worlds {
    private static final int RANK_FAILURE = 4;
    private static final long ORPHAN_SECONDS = 3;

    private Worlds() {}

    /** A world whose ranks are all threads of this JVM; needs no network unless they connect. */
    public static World threads(int ranks, WorldOptions options) {
        if (ranks < 1) {
            throw new IllegalArgumentException("a world of " + ranks + " ranks");
        }
        List<RankSeat> seats = new CopyOnWriteArrayList<>();
        ConcurrentMap<String, Object> shared = new ConcurrentHashMap<>();
        LocalLink link = new LocalLink(
                ranks, options, () -> seats.stream().map(RankSeat::report).toList());
        for (int rank = 0; rank < ranks; rank++) {
            seats.add(new RankSeat(rank, ranks, 0, Closeness.THREADS, link, shared));
        }
        return new LinkedWorld(ranks, seats, link, () -> {});
    }

    /**
     * Takes this process's place in a world of several; waits until all have joined.
     *
     * @throws JavelinException {@code JVL-RNK-0005} to {@code 0009}: who did not join, or why this process cannot
     */
    public static World join(WorldPlace place, WorldOptions options) {
        Plan plan = new Plan(place.job(), options.version(), place.ranks());
        Optional<Secret> secret = place.secret();
        HostSecret shared = new HostSecret(place.job(), place.port());
        ControlServer server = null;
        try {
            if (place.serves()) {
                Secret own = secret.orElseGet(Secret::random);
                server = serve(place, plan, own, options);
                if (secret.isEmpty()) {
                    shared.write(own);
                }
                secret = Optional.of(own);
            }
            return joined(place, plan, secret, options, server);
        } catch (RuntimeException e) {
            if (server != null) {
                server.close();
            }
            throw e;
        } finally {
            if (place.serves()) {
                shared.delete();
            }
        }
    }

    private static ControlServer serve(WorldPlace place, Plan plan, Secret secret, WorldOptions options) {
        InetSocketAddress address = place.wide()
                ? new InetSocketAddress(place.port())
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), place.port());
        String ranks = place.ranks().get(place.process()) == 1
                ? "rank " + place.firstRank()
                : "the process of rank " + place.firstRank();
        String who = ranks + " (pid " + ProcessHandle.current().pid() + ")";
        try {
            return new ControlServer(
                    plan,
                    new ControlServer.Keeper(who, place.firstRank(), false),
                    address,
                    secret,
                    options,
                    verdict -> {});
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-RNK-0006",
                    "port " + place.port() + " cannot be opened for the rendezvous: " + e.getMessage(),
                    "choose a port that is free on this host",
                    e);
        }
    }

    private static World joined(
            WorldPlace place,
            Plan plan,
            Optional<Secret> secret,
            WorldOptions options,
            @Nullable ControlServer server) {
        List<RankSeat> seats = new CopyOnWriteArrayList<>();
        AtomicBoolean closed = new AtomicBoolean();
        String host = place.serves() ? InetAddress.getLoopbackAddress().getHostAddress() : place.host();
        RemoteLink link = RemoteLink.join(
                plan,
                place.process(),
                new RemoteLink.Address(host, place.port(), place.wide()),
                secret,
                options,
                () -> reports(plan, place, seats),
                place.launched() ? () -> endOrphan(closed) : () -> {});
        Closeness closeness =
                plan.processes() == 1 ? Closeness.THREADS : link.oneHost() ? Closeness.PROCESSES : Closeness.HOSTS;
        ConcurrentMap<String, Object> shared = new ConcurrentHashMap<>();
        List<Integer> ranks = plan.ranksOf(place.process());
        List<RankSeat> all = ranks.stream()
                .map(rank -> new RankSeat(rank, plan.size(), ranks.getFirst(), closeness, link, shared))
                .toList();
        seats.addAll(all);
        return new LinkedWorld(plan.size(), all, link, () -> {
            closed.set(true);
            if (server != null) {
                server.close();
            }
        });
    }

    private static List<PulseReport> reports(Plan plan, WorldPlace place, List<RankSeat> seats) {
        return seats.isEmpty()
                ? plan.ranksOf(place.process()).stream().map(PulseReport::start).toList()
                : seats.stream().map(RankSeat::report).toList();
    }

    /** A launched process whose launcher is gone has nobody to end it: it has a moment to end by itself. */
    private static void endOrphan(AtomicBoolean closed) {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(ORPHAN_SECONDS));
        if (!closed.get()) {
            Runtime.getRuntime().halt(RANK_FAILURE);
        }
    }
}
