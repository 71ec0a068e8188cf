package dev.javelin.communicator.host;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Sums of BF16: each addition in float, rounded to BF16. */
final class BFloat16Adder implements Adder {

    private static FloatVector load(long address) {
        return BFloat16.widened(Halves.load(address));
    }

    private static FloatVector load(long address, VectorMask<Short> mask) {
        return BFloat16.widened(Halves.load(address, mask));
    }

    @Override
    public void two(long a, long b, long target, long elements) {
        long bytes = elements * Short.BYTES;
        long i = 0;
        for (; i <= bytes - Halves.BYTES; i += Halves.BYTES) {
            Halves.store(BFloat16.rounded(load(a + i).add(load(b + i))), target + i);
        }
        if (i < bytes) {
            VectorMask<Short> m = Halves.head((bytes - i) / Short.BYTES);
            Halves.store(BFloat16.rounded(load(a + i, m).add(load(b + i, m))), target + i, m);
        }
    }

    /** More at once is more than the compiler keeps in vectors. */
    @Override
    public int most() {
        return 2;
    }
}
