package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A group's meetings: each call begins with {@link #arrive}, which shows all members what each of them calls, and may
 * have more steps, each ended by {@link #step}.
 *
 * <p>A member's call line is written before it arrives and read by peers until they have arrived themselves; since calls
 * take two lines by turns, it is written again only when all peers are through. Numbers of calls and steps grow for ever,
 * also from one group to the next at the same place, so that stale ones are never taken for new.
 */
final class Group {
    private final Station station;
    private final @Nullable Group parent;
    private final int[] members;
    private final int rank;
    private final int place;
    private final long epoch;
    private long call;
    private long step;
    private boolean broken;
    private volatile boolean closed;
    private final AtomicLong sentBytes = new AtomicLong();

    /**
     * @param members ranks of the world, in the order of the group
     * @param rank within the group
     * @param place of the group in the members' regions
     * @param call number of the last call there
     * @param step number of the last step there
     */
    Group(Station station, @Nullable Group parent, int[] members, int rank, int place, long call, long step) {
        this.station = station;
        this.parent = parent;
        this.members = members;
        this.rank = rank;
        this.place = place;
        this.epoch = call + 1;
        this.call = call;
        this.step = step;
    }

    int rank() {
        return rank;
    }

    int size() {
        return members.length;
    }

    int place() {
        return place;
    }

    /** The rank of the world that a member is. */
    int world(int member) {
        return members[member];
    }

    /** Whether all of these ranks of the world are members. */
    boolean holds(int[] ranks) {
        for (int one : ranks) {
            boolean found = false;
            for (int member : members) {
                found |= member == one;
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }

    Station station() {
        return station;
    }

    Region region(int member) {
        return station.region(members[member]);
    }

    /** Number of the call that comes next. */
    long nextCall() {
        return call + 1;
    }

    /** This rank's buffer for small things that peers read after arrival, for the call that comes next. */
    long nextEager() {
        return region(rank).eager(place, call + 1);
    }

    /** A member's buffer for small things, in the present call. */
    long eager(int member) {
        return region(member).eager(place, call);
    }

    /**
     * Shows what this rank calls, and waits until all members have come.
     *
     * @param detail element type and root, by number
     * @throws dev.javelin.spi.communicator.Disagreement if the calls differ
     */
    void arrive(Kind kind, long count, int detail, long ticket, Place a, Place b) {
        requireLive();
        call++;
        long line = region(rank).call(place, call);
        Words.write(line + Region.CALL_OPERATION, Mismatch.operation(kind, detail));
        Words.write(line + Region.CALL_COUNT, count);
        Words.write(line + Region.CALL_TICKET, ticket);
        Words.write(line + Region.CALL_SEGMENT_A, a.segment());
        Words.write(line + Region.CALL_OFFSET_A, a.offset());
        Words.write(line + Region.CALL_SEGMENT_B, b.segment());
        Words.write(line + Region.CALL_OFFSET_B, b.offset());
        Words.publish(line, call);
        ring();
        for (int member = 0; member < members.length; member++) {
            station.await(line(member), call, this);
        }
        for (int member = 0; member < members.length; member++) {
            if (differs(line(member), line)) {
                throw Mismatch.among(this);
            }
        }
    }

    private static boolean differs(long one, long other) {
        return Words.read(one + Region.CALL_OPERATION) != Words.read(other + Region.CALL_OPERATION)
                || Words.read(one + Region.CALL_COUNT) != Words.read(other + Region.CALL_COUNT)
                || Words.read(one + Region.CALL_TICKET) != Words.read(other + Region.CALL_TICKET);
    }

    /** A member's line of the present call. */
    long line(int member) {
        return region(member).call(place, call);
    }

    /** A number that members share, of the present call, unlike that of any other call of this rank. */
    long key() {
        return (long) place << 48 | call;
    }

    /** Where a member's buffer lies here; it must be reachable. */
    long buffer(int member) {
        return station.reach()
                .address(
                        members[member],
                        Words.read(line(member) + Region.CALL_SEGMENT_A),
                        Words.read(line(member) + Region.CALL_OFFSET_A));
    }

    /** Whether all members' buffers of the present call can be reached by all. */
    boolean reachable() {
        for (int member = 0; member < members.length; member++) {
            if (Words.read(line(member) + Region.CALL_SEGMENT_A) == Reach.NOWHERE) {
                return false;
            }
        }
        return true;
    }

    /** Whether all members' buffers of the present call are in memory of the host: throws otherwise. */
    void requireOnHost() {
        for (int member = 0; member < members.length; member++) {
            Messages.requireOnHost(member, Words.read(line(member) + Region.CALL_SEGMENT_A));
        }
    }

    /** Waits until all members have come to the end of a step of the present call. */
    void step() {
        step++;
        Words.publish(region(rank).progress(place), step);
        ring();
        for (int member = 0; member < members.length; member++) {
            station.await(region(member).progress(place), step, this);
        }
    }

    private void ring() {
        VarHandle.fullFence(); // a sleeper tells that it sleeps before it looks a last time
        for (int member = 0; member < members.length; member++) {
            if (member != rank) {
                station.bell().ring(members[member]);
            }
        }
    }

    /** Wakes one member. */
    void ring(int member) {
        VarHandle.fullFence();
        station.bell().ring(members[member]);
    }

    /** A call as a whole: after an error the group is of no more use. */
    void whole(Runnable work) {
        boolean done = false;
        try {
            work.run();
            done = true;
        } finally {
            broken |= !done;
        }
    }

    /** Whether a call has failed, so that not all members have come to its end. */
    boolean broken() {
        return broken;
    }

    void sent(long bytes) {
        for (Group group = this; group != null; group = group.parent) {
            group.sentBytes.addAndGet(bytes);
        }
    }

    long sentBytes() {
        return sentBytes.get();
    }

    /** Gives up the place, and with the group of all ranks the memory. */
    void close() {
        closed = true;
        if (parent == null) {
            station.close();
        } else {
            station.free(place, members);
        }
    }

    /** Lets all members' calls fail, from any thread. */
    void cancel(String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, Region.REASON_BYTES - 8);
        long at = region(rank).reason();
        MemorySegment.copy(text, 0, HostMemory.ALL, ValueLayout.JAVA_BYTE, at + 8, length);
        Words.publish(at, length);
        for (int member = 0; member < members.length; member++) {
            Region region = region(member);
            Words.publish(region.canceller(place), members[rank]);
            Words.publish(region.cancelled(place), epoch);
            station.bell().ring(members[member]);
        }
    }

    /** Throws if this group, or one that it was split from, was cancelled or closed. */
    void requireLive() {
        station.requireOpen();
        if (closed) {
            throw new JavelinException(
                    "JVL-COM-0003", "the group is closed", "close it after its last call, or split it off anew");
        }
        if (broken) {
            throw new JavelinException(
                    "JVL-COM-0003", "an earlier call of the group failed", "see the first error of this rank");
        }
        Optional<String> reason = cancelled();
        if (reason.isPresent()) {
            throw new JavelinException(
                    "JVL-COM-0003", "the group was aborted by " + reason.get(), "see what that rank reports");
        }
        if (parent != null) {
            parent.requireLive();
        }
    }

    private Optional<String> cancelled() {
        if (Words.read(region(rank).cancelled(place)) != epoch) {
            return Optional.empty();
        }
        int by = (int) Words.read(region(rank).canceller(place));
        long at = station.region(by).reason();
        int length = (int) Math.clamp(Words.read(at), 0, Region.REASON_BYTES - 8);
        byte[] text = HostMemory.ALL.asSlice(at + 8, length).toArray(ValueLayout.JAVA_BYTE);
        return Optional.of("rank " + by + ": " + new String(text, StandardCharsets.UTF_8));
    }
}
