package dev.javelin.tck.communicator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Disagreement;
import dev.javelin.spi.communicator.Seat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where the ranks of one group of the reference meet: whoever comes last does the work of all, under one lock. Slow and
 * plain. What doubles get wrong are methods of its own.
 */
class Board {
    /** How long a waiting rank sleeps between two looks at its seat. */
    private static final long TURN_MILLIS = 10;

    final int size;
    private final IntFunction<Board> maker;
    private final @Nullable Offer[] offers;
    private @Nullable Offer[] last = new Offer[0];
    private final Map<Integer, Deque<Message>> messages = new HashMap<>();
    private Place[] places = new Place[0];
    private long rounds;
    private int came;
    private @Nullable JavelinException fault;
    private boolean disagreed;

    /** A rank's place in a group of a split. */
    record Place(@Nullable Board board, int rank) {}

    /** What a rank sends. */
    private static final class Message {
        final Offer offer;
        boolean taken;

        Message(Offer offer) {
            this.offer = offer;
        }
    }

    /** @param maker makes the boards of a split */
    Board(int size, IntFunction<Board> maker) {
        this.size = size;
        this.maker = maker;
        this.offers = new Offer[size];
    }

    // What can be wrong
    // --------------------------------------------------------------------------------------------------

    boolean alike(Offer a, Offer b) {
        boolean sameSize = a.kind() == Offer.Kind.SPLIT || a.count() == b.count();
        boolean sameRoot = a.kind() == Offer.Kind.SPLIT || a.root() == b.root();
        return a.kind() == b.kind() && a.ticket() == b.ticket() && sameSize && a.dtype() == b.dtype() && sameRoot;
    }

    boolean fits(Offer send, Offer recv) {
        return send.count() == recv.count() && send.ticket() == recv.ticket();
    }

    int blamed(int rank, int other) {
        return other;
    }

    long turnMillis(Offer offer) {
        return TURN_MILLIS;
    }

    long since(Offer offer, long begin) {
        return begin;
    }

    void ask(Seat seat, Offer offer, long begin) {
        seat.waiting(since(offer, begin));
    }

    void spoil(JavelinException error) {
        fault = error;
    }

    /** Whether an abort ends a wait of this rank. */
    boolean reaches(int rank) {
        return true;
    }

    void requireSound() {
        if (fault != null) {
            throw fault;
        }
    }

    // Collectives
    // --------------------------------------------------------------------------------------------------------

    synchronized void meet(int rank, Offer offer, Seat seat) {
        requireSound();
        offers[rank] = offer;
        long round = rounds;
        if (++came == size) {
            settle();
        } else {
            await(rank, offer, seat, () -> rounds > round);
        }
        if (disagreed) {
            throw disagreement(rank);
        }
    }

    private void settle() {
        last = offers.clone();
        disagreed = false;
        for (Offer offer : last) {
            disagreed |= !alike(offer, last[0]);
        }
        if (disagreed) {
            spoil(ended("the ranks disagreed"));
        } else {
            Work.of(last, this);
        }
        came = 0;
        rounds++;
        notifyAll();
    }

    private Disagreement disagreement(int rank) {
        Offer mine = last[rank];
        int other = 0;
        while (alike(mine, last[other])) {
            other++;
        }
        int blamed = blamed(rank, other);
        return new Disagreement(
                rank, mine.ticket(), blamed, last[blamed].ticket(), mine + " here, " + last[blamed] + " there");
    }

    private void await(int rank, Offer offer, Seat seat, BooleanSupplier done) {
        long begin = System.nanoTime();
        while (!done.getAsBoolean()) {
            if (fault != null && reaches(rank)) {
                throw fault;
            }
            try {
                wait(turnMillis(offer));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!done.getAsBoolean()) {
                try {
                    ask(seat, offer, begin);
                } catch (RuntimeException e) {
                    // Its buffers are no longer there for who comes later.
                    fault = fault == null ? ended("rank " + rank + " has left") : fault;
                    throw e;
                }
            }
        }
    }

    /** Divides the group; called for the last rank of a split that comes. */
    void divide(Offer[] wishes) {
        Map<Long, List<Integer>> groups = new TreeMap<>();
        for (int r = 0; r < size; r++) {
            groups.computeIfAbsent(wishes[r].count(), color -> new ArrayList<>())
                    .add(r);
        }
        places = new Place[size];
        groups.forEach((color, members) -> {
            members.sort(
                    Comparator.comparingInt((Integer r) -> wishes[r].root()).thenComparing(r -> r));
            Board board = color < 0 ? null : maker.apply(members.size());
            for (int r : members) {
                places[r] = new Place(board, members.indexOf(r));
            }
        });
    }

    synchronized Place place(int rank) {
        return places[rank];
    }

    // Messages
    // -----------------------------------------------------------------------------------------------------------

    synchronized void send(int rank, int peer, Offer offer, Seat seat) {
        requireSound();
        Message message = new Message(offer);
        messages.computeIfAbsent(rank * size + peer, key -> new ArrayDeque<>()).add(message);
        notifyAll();
        await(rank, offer, seat, () -> message.taken);
    }

    synchronized void recv(int rank, int peer, Offer offer, Seat seat) {
        requireSound();
        Deque<Message> queue = messages.computeIfAbsent(peer * size + rank, key -> new ArrayDeque<>());
        await(rank, offer, seat, () -> !queue.isEmpty());
        Message message = queue.remove();
        Offer sent = message.offer;
        if (!fits(sent, offer)) {
            Disagreement error =
                    new Disagreement(rank, offer.ticket(), peer, sent.ticket(), sent + " sent, " + offer + " received");
            spoil(error);
            notifyAll();
            throw error;
        }
        Raw.write(offer.to(), Raw.read(sent.from(), Math.min(sent.count(), offer.count())));
        message.taken = true;
        notifyAll();
    }

    // End
    // ----------------------------------------------------------------------------------------------------------------

    synchronized void abort(int rank, String reason) {
        if (fault == null) {
            fault = ended("the group was aborted: " + reason);
        }
        notifyAll();
    }

    static JavelinException ended(String why) {
        return new JavelinException("JVL-COM-0003", why, "join again");
    }
}
