package dev.javelin.communicator.tcp;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Disagreement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call on the wires: headers and bytes to and from some peers, all at once. Whatever can move moves; work in between
 * (a sum whose parts have come, and which is to be sent on) is done as soon as it can be. Ends when all has gone and come,
 * or with an error: the ranks disagree, a peer has left or is lost, or the world says that waiting is in vain.
 */
final class Exchange {
    /** Turns without progress before the thread sleeps until a connection is ready. */
    private static final int SPINS = 50;

    private static final long SLEEP_MILLIS = 100;

    /** How long the world has the word, and other peers' headers are looked at, before a lost connection is an error. */
    private static final long GRACE_NANOS = 300_000_000;

    /** Work between what comes and what goes. */
    interface Work {
        /** Does what can be done now; returns whether that was anything. */
        boolean advance();
    }

    private final Wires wires;
    private final Group group;
    private final Header mine;
    private final List<Peer> peers = new ArrayList<>();
    private List<Link> listened = List.of();
    private long since = System.nanoTime();
    private long asked = since;
    private int idle;

    /** What one peer is to say and send. */
    private static final class Peer {
        final Link link;
        final Flow incoming;
        boolean agreed;

        Peer(Link link, Flow incoming, boolean agreed) {
            this.link = link;
            this.incoming = incoming;
            this.agreed = agreed;
        }
    }

    Exchange(Wires wires, Group group, Header mine) {
        this.wires = wires;
        this.group = group;
        this.mine = mine;
    }

    /** Sends to and receives from a peer, by its rank in the group. */
    Exchange trade(int rank, Flow outgoing, Flow incoming) {
        Link link = link(rank);
        link.send(mine, outgoing);
        link.expect();
        peers.add(new Peer(link, incoming, false));
        return this;
    }

    /** Sends alone. */
    Exchange send(int rank, Flow outgoing) {
        Link link = link(rank);
        link.send(mine, outgoing);
        peers.add(new Peer(link, Flow.none(), true));
        return this;
    }

    /** Receives alone. */
    Exchange receive(int rank, Flow incoming) {
        Link link = link(rank);
        link.expect();
        peers.add(new Peer(link, incoming, false));
        return this;
    }

    /** Takes in meanwhile what any rank of the world sends without being asked. */
    Exchange listening() {
        listened = wires.links();
        return this;
    }

    private Link link(int rank) {
        return wires.link(group.members()[rank]);
    }

    /** Makes the call. */
    void run(Work work) {
        while (true) {
            boolean moved = turn();
            boolean done = done();
            boolean worked = work.advance();
            if (done && !worked) {
                end();
                return;
            }
            pause(moved || worked);
        }
    }

    private boolean done() {
        for (Peer peer : peers) {
            if (!peer.link.done()) {
                return false;
            }
        }
        return true;
    }

    private void end() {
        for (Peer peer : peers) {
            peer.link.end();
        }
        for (Link link : listened) {
            link.ignore();
        }
    }

    private boolean turn() {
        boolean moved = false;
        @Nullable Peer differs = null;
        boolean told = true;
        for (Peer peer : peers) {
            moved |= move(peer);
            Header theirs = peer.link.incoming();
            if (theirs != null && (!peer.agreed || theirs.isFailure() || theirs.isGoodbye() && !peer.link.done())) {
                if (agree(peer)) {
                    moved |= move(peer);
                } else {
                    differs = peer;
                }
            }
            told &= peer.link.headerSent();
        }
        if (differs != null && told) {
            throw disagreement(differs);
        }
        for (Link link : listened) {
            moved |= listen(link);
        }
        return moved;
    }

    private boolean move(Peer peer) {
        try {
            long written = peer.link.write();
            if (written > 0) {
                group.count(written);
            }
            boolean came = peer.link.read();
            // While there is nothing else to do: a peer that needs nothing more may tell that it failed.
            return came | (idle > 0 && peer.agreed && peek(peer.link)) | written >= 0;
        } catch (IOException e) {
            throw afterGrace(peer.link, lost(peer.link, e));
        }
    }

    private static boolean peek(Link link) {
        try {
            return link.peek();
        } catch (IOException e) {
            return false; // a later call that needs that rank comes to the same end
        }
    }

    private boolean listen(Link link) {
        try {
            return link.listen();
        } catch (IOException e) {
            // If this or a later call needs that rank, it comes to the same end by itself.
            return false;
        }
    }

    private JavelinException lost(Link link, IOException e) {
        return TcpErrors.lost(mine.toString(), name(link), String.valueOf(e.getMessage()), e);
    }

    private String name(Link link) {
        for (Peer peer : peers) {
            if (peer.link == link) {
                return group.name(group.rankOf(link.peer()));
            }
        }
        return "rank " + link.peer() + " of the world";
    }

    /** Whether the peer makes the same call; then its bytes may come. */
    private boolean agree(Peer peer) {
        Header theirs = peer.link.incoming();
        if (theirs == null) {
            return false;
        }
        if (theirs.isGoodbye()) {
            throw afterGrace(
                    peer.link,
                    TcpErrors.left(mine.toString(), name(peer.link) + " has left: " + peer.link.reason(theirs)));
        }
        if (!mine.agrees(theirs)) {
            return false;
        }
        peer.agreed = true;
        peer.link.accept(peer.incoming);
        return true;
    }

    private Disagreement disagreement(Peer peer) {
        Header theirs = peer.link.incoming();
        int other = group.rankOf(peer.link.peer());
        long ticket = theirs == null ? 0 : theirs.ticket();
        return new Disagreement(
                group.rank(),
                mine.ticket(),
                other,
                ticket,
                group.name(group.rank()) + " calls " + mine + ", " + group.name(other) + " calls " + theirs);
    }

    private void pause(boolean moved) {
        long now = System.nanoTime();
        if (moved) {
            since = now;
            idle = 0;
            if (now - asked < SLEEP_MILLIS * 1_000_000) {
                return;
            }
        }
        asked = now;
        wires.requirePresent(mine.toString());
        wires.seat().waiting(since);
        if (moved) {
            return;
        }
        if (idle++ < SPINS) {
            Thread.onSpinWait();
            peers.forEach(peer -> peer.link.retry());
        } else {
            sleep(SLEEP_MILLIS);
        }
    }

    private void sleep(long millis) {
        wires.requirePresent(mine.toString());
        listened.forEach(link -> link.watch());
        peers.forEach(peer -> peer.link.watch());
        try {
            wires.selector().select(key -> ((Link) key.attachment()).ready(), millis);
        } catch (IOException e) {
            throw new JavelinException(
                    TcpErrors.LOST, mine + ": waiting for connections failed: " + e.getMessage(), "try again", e);
        }
    }

    /**
     * What to report when a connection has ended: what the world knows of that rank, or that some other peer makes another
     * call, which is then why it ended; else what was seen.
     */
    private JavelinException afterGrace(Link ended, JavelinException seen) {
        peers.removeIf(peer -> peer.link == ended);
        wires.links().forEach(Link::ignore);
        listened = List.of();
        long began = System.nanoTime();
        while (System.nanoTime() - began < GRACE_NANOS) {
            wires.requirePresent(mine.toString());
            wires.seat().waiting(since);
            for (Peer peer : peers) {
                Header theirs = hear(peer.link);
                if (!peer.agreed && theirs != null && !theirs.isGoodbye() && !mine.agrees(theirs)) {
                    throw disagreement(peer);
                }
            }
            pauseInGrace();
        }
        return seen;
    }

    private static @Nullable Header hear(Link link) {
        try {
            link.retry();
            link.write();
            if (link.incoming() == null) {
                link.read();
            }
        } catch (IOException e) {
            // It has ended too; the first one is reported.
        }
        return link.incoming();
    }

    private void pauseInGrace() {
        try {
            wires.selector()
                    .select(10); // all connections are ignored: ends by the clock, or when this rank is to leave
        } catch (IOException e) {
            // The loop around this ends by its clock.
        }
    }
}
