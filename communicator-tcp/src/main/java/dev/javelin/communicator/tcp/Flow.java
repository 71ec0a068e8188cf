package dev.javelin.communicator.tcp;

import dev.javelin.communicator.host.HostMemory;
import java.nio.ByteBuffer;

/**
 * The bytes of one call that go one way between two ranks: one or two ranges of memory, end to end, of which so much may
 * flow as its limit allows. The first range may be a ring: its bytes are reused when it has gone round.
 */
final class Flow {
    private final long first;
    private final long firstBytes;
    private final long ringBytes;
    private final long second;
    private final long bytes;
    private long limit;
    private long done;

    private Flow(long first, long firstBytes, long ringBytes, long second, long bytes) {
        this.first = first;
        this.firstBytes = firstBytes;
        this.ringBytes = ringBytes;
        this.second = second;
        this.bytes = bytes;
        this.limit = bytes;
    }

    static Flow none() {
        return new Flow(0, 0, 0, 0, 0);
    }

    static Flow of(long address, long bytes) {
        return new Flow(address, bytes, bytes, 0, bytes);
    }

    /** Bytes through a ring that is shorter than they are; at first as many may flow as it holds. */
    static Flow ring(long address, long ringBytes, long bytes) {
        return new Flow(address, bytes, ringBytes, 0, bytes).limited(Math.min(ringBytes, bytes));
    }

    /** A second range behind this one, within the limit of this one. */
    Flow then(long address, long more) {
        return new Flow(first, firstBytes, ringBytes, address, bytes + more).limited(limit);
    }

    Flow limited(long most) {
        limit = most;
        return this;
    }

    /** Lets this many bytes flow, counted from the beginning; never fewer than before. */
    void raise(long most) {
        limit = Math.max(limit, Math.min(most, bytes));
    }

    /** Lets all flow. */
    void raise() {
        limit = bytes;
    }

    long bytes() {
        return bytes;
    }

    long done() {
        return done;
    }

    boolean complete() {
        return done == bytes;
    }

    /** Whether bytes may flow now. */
    boolean open() {
        return done < limit;
    }

    /** The next bytes in one piece, at most so many; only if {@link #open}. */
    ByteBuffer next(long most) {
        if (done >= firstBytes) {
            return piece(second + done - firstBytes, Math.min(most, limit - done));
        }
        long at = done % ringBytes;
        long run = Math.min(Math.min(limit, firstBytes) - done, ringBytes - at);
        return piece(first + at, Math.min(most, run));
    }

    private static ByteBuffer piece(long address, long length) {
        return HostMemory.ALL.asSlice(address, length).asByteBuffer();
    }

    void passed(long more) {
        done += more;
    }
}
