package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.TreeSum;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.DeviceQueue;
import org.jspecify.annotations.Nullable;

/** This rank in its world: what all groups that it is a member of share. */
final class Station {
    private final Seat seat;
    private final Reach reach;
    private final Bell bell;
    private final Patience patience;
    private final TreeSum sum;
    private final Messages messages;
    /** Bits of the places that groups have. */
    private long taken;
    /** Members of the last group at each place; none if there was none. */
    private final int[][] last = new int[Region.PLACES][0];

    private @Nullable DeviceQueue queue;
    private volatile boolean closed;
    private int users = 1;

    Station(Seat seat, Reach reach, Bell bell) {
        this.seat = seat;
        this.reach = reach;
        this.bell = bell;
        this.patience = new Patience(seat, bell);
        this.sum = new TreeSum(seat.size());
        this.messages = new Messages(this);
    }

    /** The group of all ranks. */
    Group world() {
        int[] all = new int[seat.size()];
        for (int rank = 0; rank < all.length; rank++) {
            all[rank] = rank;
        }
        take(0);
        return new Group(this, null, all, seat.rank(), 0, 0, 0);
    }

    int rank() {
        return seat.rank();
    }

    int size() {
        return seat.size();
    }

    Reach reach() {
        return reach;
    }

    Bell bell() {
        return bell;
    }

    TreeSum sum() {
        return sum;
    }

    Messages messages() {
        return messages;
    }

    Region region(int worldRank) {
        return reach.regions()[worldRank];
    }

    /** Waits for a word of shared memory; ends with what says that it is in vain. */
    void await(long word, long value, Group group) {
        patience.await(word, value, group::requireLive);
    }

    /** Work of a call, in its queue's order. */
    void run(DeviceQueue on, Runnable work) {
        queue = on;
        on.run(() -> entered(work));
    }

    /** Work of the caller's thread that enqueues what a call does, in its queue's order. */
    void runHere(DeviceQueue on, Runnable work) {
        queue = on;
        entered(work);
    }

    /** Work of the caller's thread, after all that is enqueued. */
    void runNow(Runnable work) {
        if (queue != null) {
            queue.synchronize();
        }
        entered(work);
    }

    private void entered(Runnable work) {
        enter();
        try {
            work.run();
        } finally {
            exit();
        }
    }

    /**
     * Bits of the places where a split of a group may put a new one: those that this rank has no group at, and had none
     * with members outside that group, which might still look at that group's last call.
     */
    long freePlaces(Group group) {
        long free = 0;
        for (int place = 0; place < Region.PLACES; place++) {
            if ((taken & 1L << place) == 0 && group.holds(last[place])) {
                free |= 1L << place;
            }
        }
        return free;
    }

    void take(int place) {
        taken |= 1L << place;
    }

    /** @param members ranks of the world, of the group that was there */
    void free(int place, int[] members) {
        taken &= ~(1L << place);
        last[place] = members;
    }

    void requireOpen() {
        if (closed) {
            throw closed();
        }
    }

    private static JavelinException closed() {
        return new JavelinException(
                "JVL-COM-0003", "the communicator is closed", "open another, or close it after its last call");
    }

    private synchronized void enter() {
        requireOpen();
        users++;
    }

    /** Does something unless all is closed, without being closed meanwhile. */
    void ifOpen(Runnable work) {
        try {
            enter();
        } catch (JavelinException e) {
            return;
        }
        try {
            work.run();
        } finally {
            exit();
        }
    }

    private synchronized void exit() {
        users--;
        if (users == 0) {
            reach.close();
        }
    }

    /** Gives the shared memory back, at once or when the call in progress has ended: it ends soon. */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        exit();
    }
}
