package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import java.lang.foreign.MemorySegment;

/** Numbers at the edges: infinities, not-a-numbers of several payloads, the largest and the smallest. */
final class Special {
    private static final double[] VALUES = {
        Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 0.0, -0.0, Double.MAX_VALUE, Double.MIN_VALUE, 1
    };

    private Special() {}

    /** Every value meets every other over two ranks if there are 64. */
    static byte[] elements(DType dtype, int rank, int count) {
        byte[] bytes = new byte[count * dtype.bytes()];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        for (int i = 0; i < count; i++) {
            double value = VALUES[(rank % 2 == 0 ? i : i / VALUES.length) % VALUES.length];
            Data.set(memory, dtype, i, bits(dtype, value, rank));
        }
        return bytes;
    }

    /** Not-a-numbers carry the rank as payload, so that it shows whose came through. */
    private static long bits(DType dtype, double value, int rank) {
        boolean payload = Double.isNaN(value);
        return switch (dtype) {
            case FLOAT64 -> Double.doubleToRawLongBits(value) + (payload ? rank : 0);
            case FLOAT32 -> Float.floatToRawIntBits((float) value) + (payload ? rank : 0);
            case FLOAT16 -> Float.floatToFloat16((float) value) + (payload ? rank : 0);
            default -> Tree.bfloat16((float) value) + (payload ? rank : 0);
        };
    }

    /** The elements with every not-a-number made the same, unless their payloads count. */
    static byte[] bits(DType dtype, byte[] elements, boolean payloads) {
        byte[] bits = elements.clone();
        MemorySegment memory = MemorySegment.ofArray(bits);
        for (long i = 0; i < bits.length / dtype.bytes() && !payloads; i++) {
            if (Double.isNaN(Tree.value(dtype, Data.get(memory, dtype, i)))) {
                Data.set(memory, dtype, i, -1);
            }
        }
        return bits;
    }
}
