package dev.javelin.communicator.local;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What ranks that are threads of one JVM show each other of their devices: in which memory they are, how far their queues
 * are, and where on the host they staged a buffer. A rank writes its own before it publishes a number, and peers read it
 * behind that.
 */
final class Signals {
    /** How far a rank's queue is in a call of a group. */
    enum Point {
        /** Two by turns: the next call may begin before all have read that of this one. */
        READY_EVEN,
        READY_ODD,
        /** What comes before the last step has been done. */
        HALFWAY,
        DONE;

        static Point ready(long call) {
            return (call & 1) == 0 ? READY_EVEN : READY_ODD;
        }
    }

    private static final int POINTS = Point.values().length;

    private final int ranks;
    private final AtomicReferenceArray<@Nullable AddressSpace> spaces;
    private final AtomicReferenceArray<@Nullable Signal> calls;
    private final AtomicReferenceArray<@Nullable Signal> messages;
    private final AtomicLongArray staged;

    Signals(int ranks) {
        this.ranks = ranks;
        this.spaces = new AtomicReferenceArray<>(ranks);
        this.calls = new AtomicReferenceArray<>(ranks * Region.PLACES * POINTS);
        this.messages = new AtomicReferenceArray<>(2 * ranks * ranks);
        this.staged = new AtomicLongArray(ranks * Region.PLACES);
    }

    /**
     * A place in the order of a rank's queue, for which the queues of others wait. It moves when the rank gives it again:
     * all others have enqueued their waiting by then.
     */
    private static final class Signal {
        private final Accelerator device;
        private final DeviceEvent event;
        private int place;
        private boolean passed;

        Signal(Accelerator device) {
            this.device = device;
            this.event = device.event();
        }

        /** Moves it, if that is still possible. */
        synchronized boolean give(DeviceQueue queue, int inPlace) {
            if (passed || queue.device() != device) {
                return false;
            }
            place = inPlace;
            queue.record(event);
            return true;
        }

        synchronized void await(DeviceQueue queue) {
            if (!passed) {
                queue.await(event);
            }
        }

        /** The queue has passed it, if it was given in this group: its device may go. */
        synchronized void pass(int inPlace) {
            if (!passed && place == inPlace) {
                passed = true;
                event.close();
            }
        }
    }

    /** Says in which memory a rank's buffers are. */
    void space(int worldRank, AddressSpace space) {
        spaces.set(worldRank, space);
    }

    @Nullable
    AddressSpace space(int worldRank) {
        return spaces.get(worldRank);
    }

    /** Says where on the host a rank staged its buffer for a call of the group at a place. */
    void staged(int worldRank, int place, long address) {
        staged.set(worldRank * Region.PLACES + place, address);
    }

    long staged(int worldRank, int place) {
        return staged.get(worldRank * Region.PLACES + place);
    }

    /** A rank's queue is so far in a call of the group at a place. */
    void give(Point point, int worldRank, int place, DeviceQueue queue) {
        give(calls, at(point, worldRank, place), place, queue);
    }

    /** Lets what is enqueued from now on wait until another rank's queue is so far. */
    void await(Point point, int worldRank, int place, DeviceQueue queue) {
        await(calls, at(point, worldRank, place), queue);
    }

    /** What one rank sends another is there or, with {@code taken}, was taken. */
    void giveMessage(int from, int to, boolean taken, int place, DeviceQueue queue) {
        give(messages, message(from, to, taken), place, queue);
    }

    void awaitMessage(int from, int to, boolean taken, DeviceQueue queue) {
        await(messages, message(from, to, taken), queue);
    }

    /** A rank's queue has passed all that it gave in a group, and its device may go. */
    void pass(int worldRank, int place) {
        for (Point point : Point.values()) {
            pass(calls, at(point, worldRank, place), place);
        }
        for (int peer = 0; peer < ranks; peer++) {
            pass(messages, message(worldRank, peer, false), place);
            pass(messages, message(peer, worldRank, true), place);
        }
    }

    private static int at(Point point, int worldRank, int place) {
        return (worldRank * Region.PLACES + place) * POINTS + point.ordinal();
    }

    private int message(int from, int to, boolean taken) {
        return 2 * (from * ranks + to) + (taken ? 1 : 0);
    }

    private static void give(AtomicReferenceArray<@Nullable Signal> signals, int at, int place, DeviceQueue queue) {
        Signal signal = signals.get(at);
        if (signal == null || !signal.give(queue, place)) {
            Signal another = new Signal(queue.device());
            another.give(queue, place);
            signals.set(at, another);
        }
    }

    private static void await(AtomicReferenceArray<@Nullable Signal> signals, int at, DeviceQueue queue) {
        Signal signal = signals.get(at);
        if (signal != null) {
            signal.await(queue);
        }
    }

    private static void pass(AtomicReferenceArray<@Nullable Signal> signals, int at, int place) {
        Signal signal = signals.get(at);
        if (signal != null) {
            signal.pass(place);
        }
    }
}
