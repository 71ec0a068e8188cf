package dev.javelin.communicator.host;

import static org.junit.jupiter.api.Assertions.fail;

import dev.javelin.api.DType;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Elements for sums: ordinary, large, tiny, subnormal, infinite and not a number; and their comparison. */
final class Values {
    private static final double[] SPECIAL = {
        0.0,
        -0.0,
        1e-40,
        -3e-45,
        6e-8,
        -1e-7,
        65504,
        65519,
        -65520,
        3e38,
        -3e38,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        Double.MIN_VALUE,
        Double.MAX_VALUE
    };

    private Values() {}

    static void fill(DType dtype, long address, long elements, SplittableRandom random) {
        for (long i = 0; i < elements; i++) {
            long at = address + i * dtype.bytes();
            double value = random.nextInt(8) == 0
                    ? SPECIAL[random.nextInt(SPECIAL.length)]
                    : (random.nextDouble() - 0.5) * StrictMath.pow(10, random.nextInt(-6, 5));
            switch (dtype) {
                case FLOAT64 -> HostMemory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, value);
                case FLOAT32 -> HostMemory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) value);
                case BFLOAT16 ->
                    HostMemory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, BFloat16.rounded((float) value));
                case FLOAT16 ->
                    HostMemory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float16.rounded((float) value));
                case INT64 -> HostMemory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at, random.nextLong());
                case INT32 -> HostMemory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, at, random.nextInt());
                default -> throw new IllegalArgumentException(dtype.label());
            }
        }
    }

    /** Equal bits; of F32 and F64, any NaN equals any. */
    static void assertSame(DType dtype, long expected, long actual, long elements, String place) {
        for (long i = 0; i < elements; i++) {
            long a = bits(dtype, expected + i * dtype.bytes());
            long b = bits(dtype, actual + i * dtype.bytes());
            if (a != b) {
                fail(place + ", element " + i + ": expected " + Long.toHexString(a) + ", got " + Long.toHexString(b));
            }
        }
    }

    private static long bits(DType dtype, long address) {
        return switch (dtype) {
            case FLOAT64 -> Double.doubleToLongBits(HostMemory.ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, address));
            case FLOAT32 -> Float.floatToIntBits(HostMemory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address));
            default ->
                switch (dtype.bytes()) {
                    case 8 -> HostMemory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
                    case 4 -> HostMemory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
                    default -> HostMemory.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
                };
        };
    }
}
