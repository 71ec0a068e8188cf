package dev.javelin.communicator.tcp;

import dev.javelin.api.DType;
import dev.javelin.communicator.host.TreeSum;

/**
 * Sums this rank's share while its parts come in from all peers, through a ring for each: as soon as a segment has come
 * from everybody it is added, may be sent on, and gives way to later ones.
 */
final class Reduction implements Exchange.Work {
    /** Bytes added in one go: they stay in the cache of the core that has just received them. */
    static final long SEGMENT_BYTES = 128 << 10;

    private static final long RING_SEGMENTS = 4;

    private final TreeSum sum;
    private final DType dtype;
    private final int rank;
    private final long own;
    private final long target;
    private final long bytes;
    private final long[] rings;
    private final Flow[] incoming;
    private final Flow[] onward;
    private final long ringBytes;
    private long summed;

    /**
     * @param own address of this rank's part of the sum
     * @param target address of the sum; may be {@code own}
     * @param bytes of the share
     */
    Reduction(Group group, Wires wires, TreeSum sum, DType dtype, long own, long target, long bytes) {
        this.sum = sum;
        this.dtype = dtype;
        this.rank = group.rank();
        this.own = own;
        this.target = target;
        this.bytes = bytes;
        int size = group.size();
        ringBytes = ringBytes(bytes);
        rings = new long[size];
        incoming = new Flow[size];
        onward = new Flow[size];
        long staging = wires.staging(ringBytes * (size - 1));
        for (int peer = 0; peer < size; peer++) {
            rings[peer] = staging;
            incoming[peer] = Flow.ring(staging, ringBytes, peer == rank ? 0 : bytes);
            onward[peer] = Flow.none();
            staging += peer == rank ? 0 : ringBytes;
        }
    }

    private static long ringBytes(long bytes) {
        long segments = Math.clamp((bytes + SEGMENT_BYTES - 1) / SEGMENT_BYTES, 1, RING_SEGMENTS);
        return segments * SEGMENT_BYTES;
    }

    /** A peer's part of this share, as it comes; with the bytes that come behind it, if any. */
    Flow incoming(int peer, long behind, long behindBytes) {
        incoming[peer] = incoming[peer].then(behind, behindBytes);
        if (bytes == 0) {
            incoming[peer].raise(); // nothing to add, and so nothing to wait for
        }
        return incoming[peer];
    }

    Flow incoming(int peer) {
        return incoming[peer];
    }

    /** A peer's share, and behind it the sum of this one as far as it is known. */
    Flow outgoing(int peer, long share, long shareBytes) {
        onward[peer] = Flow.of(share, shareBytes).then(target, bytes);
        return onward[peer];
    }

    @Override
    public boolean advance() {
        long arrived = bytes;
        for (int peer = 0; peer < incoming.length; peer++) {
            if (peer != rank) {
                arrived = Math.min(arrived, incoming[peer].done());
            }
        }
        boolean worked = false;
        while (summed < bytes && arrived >= Math.min(summed + SEGMENT_BYTES, bytes)) {
            add(Math.min(SEGMENT_BYTES, bytes - summed));
            worked = true;
        }
        return worked;
    }

    private void add(long length) {
        long[] sources = new long[rings.length];
        for (int peer = 0; peer < rings.length; peer++) {
            sources[peer] = peer == rank ? own + summed : rings[peer] + summed % ringBytes;
        }
        sum.sum(dtype, sources, target + summed, length / dtype.bytes());
        summed += length;
        for (int peer = 0; peer < rings.length; peer++) {
            if (summed == bytes) {
                incoming[peer].raise();
            } else {
                incoming[peer].raise(summed + ringBytes);
            }
            onward[peer].raise(onward[peer].bytes() - bytes + summed);
        }
    }
}
