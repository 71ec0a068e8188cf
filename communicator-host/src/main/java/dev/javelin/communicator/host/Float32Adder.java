package dev.javelin.communicator.host;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Sums of F32; tails run the same arithmetic as lanes. */
final class Float32Adder implements Adder {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int BYTES = S.vectorByteSize();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(S, HostMemory.ALL, address, ORDER);
    }

    private static FloatVector load(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(S, HostMemory.ALL, address, ORDER, mask);
    }

    @Override
    public void two(long a, long b, long target, long elements) {
        long bytes = elements * Float.BYTES;
        long i = 0;
        for (; i <= bytes - BYTES; i += BYTES) {
            load(a + i).add(load(b + i)).intoMemorySegment(HostMemory.ALL, target + i, ORDER);
        }
        if (i < bytes) {
            VectorMask<Float> m = S.indexInRange(0, (bytes - i) / Float.BYTES);
            load(a + i, m).add(load(b + i, m)).intoMemorySegment(HostMemory.ALL, target + i, ORDER, m);
        }
    }

    @Override
    public void three(long a, long b, long c, long target, long elements) {
        long bytes = elements * Float.BYTES;
        long i = 0;
        for (; i <= bytes - BYTES; i += BYTES) {
            load(a + i).add(load(b + i)).add(load(c + i)).intoMemorySegment(HostMemory.ALL, target + i, ORDER);
        }
        if (i < bytes) {
            VectorMask<Float> m = S.indexInRange(0, (bytes - i) / Float.BYTES);
            FloatVector ab = load(a + i, m).add(load(b + i, m));
            ab.add(load(c + i, m)).intoMemorySegment(HostMemory.ALL, target + i, ORDER, m);
        }
    }

    @Override
    public void four(long a, long b, long c, long d, long target, long elements) {
        long bytes = elements * Float.BYTES;
        long i = 0;
        for (; i <= bytes - BYTES; i += BYTES) {
            FloatVector ab = load(a + i).add(load(b + i));
            FloatVector cd = load(c + i).add(load(d + i));
            ab.add(cd).intoMemorySegment(HostMemory.ALL, target + i, ORDER);
        }
        if (i < bytes) {
            VectorMask<Float> m = S.indexInRange(0, (bytes - i) / Float.BYTES);
            FloatVector ab = load(a + i, m).add(load(b + i, m));
            FloatVector cd = load(c + i, m).add(load(d + i, m));
            ab.add(cd).intoMemorySegment(HostMemory.ALL, target + i, ORDER, m);
        }
    }
}
