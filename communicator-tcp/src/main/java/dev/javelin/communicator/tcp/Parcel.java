package dev.javelin.communicator.tcp;

import dev.javelin.communicator.host.HostMemory;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/** A message that came before it was received, in memory of its own. */
final class Parcel implements AutoCloseable {
    private final Header header;
    private final Arena arena = Arena.ofShared();
    private final Flow flow;
    private final long address;

    Parcel(Header header) {
        this.header = header;
        address = arena.allocate(Math.max(1, header.size()), 8).address();
        flow = Flow.of(address, header.size());
    }

    Header header() {
        return header;
    }

    Flow flow() {
        return flow;
    }

    /** Copies the whole of it to where it belongs. */
    void copyTo(Flow target) {
        while (target.open()) {
            ByteBuffer piece = target.next(Integer.MAX_VALUE);
            int length = piece.remaining();
            piece.put(HostMemory.ALL.asSlice(address + target.done(), length).asByteBuffer());
            target.passed(length);
        }
    }

    boolean complete() {
        return flow.complete();
    }

    @Override
    public void close() {
        arena.close();
    }
}
