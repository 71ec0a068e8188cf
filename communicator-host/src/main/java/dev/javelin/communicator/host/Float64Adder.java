package dev.javelin.communicator.host;

import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Sums of F64; tails run the same arithmetic as lanes. */
final class Float64Adder implements Adder {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
    private static final int BYTES = S.vectorByteSize();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static DoubleVector load(long address) {
        return DoubleVector.fromMemorySegment(S, HostMemory.ALL, address, ORDER);
    }

    private static DoubleVector load(long address, VectorMask<Double> mask) {
        return DoubleVector.fromMemorySegment(S, HostMemory.ALL, address, ORDER, mask);
    }

    @Override
    public void two(long a, long b, long target, long elements) {
        long bytes = elements * Double.BYTES;
        long i = 0;
        for (; i <= bytes - BYTES; i += BYTES) {
            load(a + i).add(load(b + i)).intoMemorySegment(HostMemory.ALL, target + i, ORDER);
        }
        if (i < bytes) {
            VectorMask<Double> m = S.indexInRange(0, (bytes - i) / Double.BYTES);
            load(a + i, m).add(load(b + i, m)).intoMemorySegment(HostMemory.ALL, target + i, ORDER, m);
        }
    }

    @Override
    public void three(long a, long b, long c, long target, long elements) {
        long bytes = elements * Double.BYTES;
        long i = 0;
        for (; i <= bytes - BYTES; i += BYTES) {
            load(a + i).add(load(b + i)).add(load(c + i)).intoMemorySegment(HostMemory.ALL, target + i, ORDER);
        }
        if (i < bytes) {
            VectorMask<Double> m = S.indexInRange(0, (bytes - i) / Double.BYTES);
            DoubleVector ab = load(a + i, m).add(load(b + i, m));
            ab.add(load(c + i, m)).intoMemorySegment(HostMemory.ALL, target + i, ORDER, m);
        }
    }

    @Override
    public void four(long a, long b, long c, long d, long target, long elements) {
        long bytes = elements * Double.BYTES;
        long i = 0;
        for (; i <= bytes - BYTES; i += BYTES) {
            DoubleVector ab = load(a + i).add(load(b + i));
            DoubleVector cd = load(c + i).add(load(d + i));
            ab.add(cd).intoMemorySegment(HostMemory.ALL, target + i, ORDER);
        }
        if (i < bytes) {
            VectorMask<Double> m = S.indexInRange(0, (bytes - i) / Double.BYTES);
            DoubleVector ab = load(a + i, m).add(load(b + i, m));
            DoubleVector cd = load(c + i, m).add(load(d + i, m));
            ab.add(cd).intoMemorySegment(HostMemory.ALL, target + i, ORDER, m);
        }
    }
}
