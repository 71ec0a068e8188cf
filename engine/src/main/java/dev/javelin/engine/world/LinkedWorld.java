package dev.javelin.engine.world;

import dev.javelin.engine.world.link.Link;
import java.util.List;

/** The ranks of this JVM and what ties them to the others. */
final class LinkedWorld implements World {
    private final int size;
    private final List<RankSeat> seats;
    private final Link link;
    private final Runnable closing;

    /** @param closing run after the link is closed */
    LinkedWorld(int size, List<RankSeat> seats, Link link, Runnable closing) {
        this.size = size;
        this.seats = List.copyOf(seats);
        this.link = link;
        this.closing = closing;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public List<Member> members() {
        return List.copyOf(seats);
    }

    @Override
    public <T> List<T> run(RankBody<T> body) {
        return new RankThreads<>(link, seats, body).run();
    }

    @Override
    public void close() {
        link.close();
        closing.run();
    }
}
