package dev.javelin.communicator.host;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Sums of BF16: each addition in float, rounded to BF16. */
final class BFloat16Adder implements Adder {

    private static FloatVector sum(FloatVector a, FloatVector b) {
        return BFloat16.widened(BFloat16.rounded(a.add(b)));
    }

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

    @Override
    public void three(long a, long b, long c, long target, long elements) {
        long bytes = elements * Short.BYTES;
        long i = 0;
        for (; i <= bytes - Halves.BYTES; i += Halves.BYTES) {
            FloatVector ab = sum(load(a + i), load(b + i));
            Halves.store(BFloat16.rounded(ab.add(load(c + i))), target + i);
        }
        if (i < bytes) {
            VectorMask<Short> m = Halves.head((bytes - i) / Short.BYTES);
            FloatVector ab = sum(load(a + i, m), load(b + i, m));
            Halves.store(BFloat16.rounded(ab.add(load(c + i, m))), target + i, m);
        }
    }

    @Override
    public void four(long a, long b, long c, long d, long target, long elements) {
        long bytes = elements * Short.BYTES;
        long i = 0;
        for (; i <= bytes - Halves.BYTES; i += Halves.BYTES) {
            FloatVector ab = sum(load(a + i), load(b + i));
            FloatVector cd = sum(load(c + i), load(d + i));
            Halves.store(BFloat16.rounded(ab.add(cd)), target + i);
        }
        if (i < bytes) {
            VectorMask<Short> m = Halves.head((bytes - i) / Short.BYTES);
            FloatVector ab = sum(load(a + i, m), load(b + i, m));
            FloatVector cd = sum(load(c + i, m), load(d + i, m));
            Halves.store(BFloat16.rounded(ab.add(cd)), target + i, m);
        }
    }
}
