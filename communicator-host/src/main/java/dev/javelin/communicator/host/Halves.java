package dev.javelin.communicator.host;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Elements of 16 bits in memory, one to each lane of 32 bits in a vector. */
final class Halves {
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(I.vectorBitSize() / 2));

    /** Memory that a vector covers. */
    static final int BYTES = S.vectorByteSize();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Halves() {}

    static VectorMask<Short> head(long elements) {
        return S.indexInRange(0, elements);
    }

    /** 16 bits of memory in the lower half of each lane, zeros in the upper. */
    static IntVector load(long address) {
        return wide(ShortVector.fromMemorySegment(S, HostMemory.ALL, address, ORDER));
    }

    static IntVector load(long address, VectorMask<Short> mask) {
        return wide(ShortVector.fromMemorySegment(S, HostMemory.ALL, address, ORDER, mask));
    }

    private static IntVector wide(ShortVector bits) {
        return (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    }

    /** Writes the lower half of each lane. */
    static void store(IntVector bits, long address) {
        narrow(bits).intoMemorySegment(HostMemory.ALL, address, ORDER);
    }

    static void store(IntVector bits, long address, VectorMask<Short> mask) {
        narrow(bits).intoMemorySegment(HostMemory.ALL, address, ORDER, mask);
    }

    private static ShortVector narrow(IntVector bits) {
        return (ShortVector) bits.convertShape(VectorOperators.I2S, S, 0);
    }
}
