package dev.javelin.communicator.host;

import dev.javelin.api.DType;
import java.lang.foreign.ValueLayout;

/** The sum over ranks in its plainest form, element by element: the oracle of {@link TreeSum} and of communicators. */
public final class ScalarTree {
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private ScalarTree() {}

    /** As {@link TreeSum#sum}; slow. */
    public static void sum(DType dtype, long[] sources, long target, long elements) {
        TreeSum.requireSummable(dtype);
        for (long offset = 0; offset < elements * dtype.bytes(); offset += dtype.bytes()) {
            double[] values = new double[sources.length];
            long[] integers = new long[sources.length];
            for (int i = 0; i < sources.length; i++) {
                if (dtype.floating()) {
                    values[i] = value(dtype, sources[i] + offset);
                } else {
                    integers[i] = integer(dtype, sources[i] + offset);
                }
            }
            if (dtype.floating()) {
                put(dtype, target + offset, tree(dtype, values));
            } else {
                put(dtype, target + offset, tree(integers));
            }
        }
    }

    /** Neighbours are added, an odd one is carried up, until one is left. */
    private static double tree(DType dtype, double[] values) {
        int count = values.length;
        while (count > 1) {
            for (int i = 0; i < count / 2; i++) {
                values[i] = rounded(dtype, values[2 * i], values[2 * i + 1]);
            }
            if (count % 2 == 1) {
                values[count / 2] = values[count - 1];
            }
            count = (count + 1) / 2;
        }
        return values[0];
    }

    private static long tree(long[] values) {
        long sum = 0;
        for (long value : values) {
            sum += value; // wraps, in any order alike
        }
        return sum;
    }

    private static double rounded(DType dtype, double a, double b) {
        return switch (dtype) {
            case FLOAT64 -> a + b;
            case FLOAT32 -> (float) a + (float) b;
            case BFLOAT16 -> BFloat16.widened(BFloat16.rounded((float) a + (float) b));
            case FLOAT16 -> Float16.widened(Float16.rounded((float) a + (float) b));
            default -> throw new IllegalArgumentException(dtype.label());
        };
    }

    private static double value(DType dtype, long address) {
        return switch (dtype) {
            case FLOAT64 -> HostMemory.ALL.get(DOUBLE, address);
            case FLOAT32 -> HostMemory.ALL.get(FLOAT, address);
            case BFLOAT16 -> BFloat16.widened(HostMemory.ALL.get(SHORT, address));
            case FLOAT16 -> Float16.widened(HostMemory.ALL.get(SHORT, address));
            default -> throw new IllegalArgumentException(dtype.label());
        };
    }

    private static long integer(DType dtype, long address) {
        return dtype == DType.INT64 ? HostMemory.ALL.get(LONG, address) : HostMemory.ALL.get(INT, address);
    }

    private static void put(DType dtype, long address, double value) {
        switch (dtype) {
            case FLOAT64 -> HostMemory.ALL.set(DOUBLE, address, value);
            case FLOAT32 -> HostMemory.ALL.set(FLOAT, address, (float) value);
            case BFLOAT16 -> HostMemory.ALL.set(SHORT, address, BFloat16.rounded((float) value));
            case FLOAT16 -> HostMemory.ALL.set(SHORT, address, Float16.rounded((float) value));
            default -> throw new IllegalArgumentException(dtype.label());
        }
    }

    private static void put(DType dtype, long address, long value) {
        if (dtype == DType.INT64) {
            HostMemory.ALL.set(LONG, address, value);
        } else {
            HostMemory.ALL.set(INT, address, (int) value);
        }
    }
}
