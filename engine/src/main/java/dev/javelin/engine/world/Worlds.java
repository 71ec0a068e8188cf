package dev.javelin.engine.world;

import dev.javelin.spi.communicator.Seat.Closeness;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Makes worlds. */
public final class Worlds {
    private Worlds() {}

    /** A world whose ranks are all threads of this JVM; needs no network unless they connect. */
    public static World threads(int ranks, WorldOptions options) {
        if (ranks < 1) {
            throw new IllegalArgumentException("a world of " + ranks + " ranks");
        }
        List<RankSeat> seats = new CopyOnWriteArrayList<>();
        ConcurrentMap<String, Object> shared = new ConcurrentHashMap<>();
        LocalLink link = new LocalLink(ranks, options, () -> seats);
        for (int rank = 0; rank < ranks; rank++) {
            seats.add(new RankSeat(rank, ranks, Closeness.THREADS, link, shared));
        }
        return new LinkedWorld(ranks, seats, link);
    }
}
