package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import java.lang.foreign.MemorySegment;

/** The scalar oracle of sums over ranks: the balanced binary tree, neighbours first, an odd one carried up. */
final class Tree {
    private Tree() {}

    /** The sum of the ranks' buffers, element by element, each addition rounded to the element's type. */
    static byte[] sum(DType dtype, byte[][] ranks) {
        byte[] result = new byte[ranks[0].length];
        MemorySegment target = MemorySegment.ofArray(result);
        MemorySegment[] sources = new MemorySegment[ranks.length];
        for (int r = 0; r < ranks.length; r++) {
            sources[r] = MemorySegment.ofArray(ranks[r]);
        }
        long[] values = new long[ranks.length];
        for (long i = 0; i < result.length / dtype.bytes(); i++) {
            for (int r = 0; r < ranks.length; r++) {
                values[r] = Data.get(sources[r], dtype, i);
            }
            Data.set(target, dtype, i, sum(dtype, values));
        }
        return result;
    }

    /** Adds the values up in place. */
    private static long sum(DType dtype, long[] values) {
        for (int count = values.length; count > 1; count = (count + 1) / 2) {
            for (int i = 0; i < count / 2; i++) {
                values[i] = add(dtype, values[2 * i], values[2 * i + 1]);
            }
            if (count % 2 == 1) {
                values[count / 2] = values[count - 1];
            }
        }
        return values[0];
    }

    private static long add(DType dtype, long a, long b) {
        return switch (dtype) {
            case FLOAT64 -> Double.doubleToRawLongBits(Double.longBitsToDouble(a) + Double.longBitsToDouble(b));
            case FLOAT32 -> Float.floatToRawIntBits(Float.intBitsToFloat((int) a) + Float.intBitsToFloat((int) b));
            case FLOAT16 -> Float.floatToFloat16(Float.float16ToFloat((short) a) + Float.float16ToFloat((short) b));
            case BFLOAT16 -> bfloat16(Float.intBitsToFloat((int) a << 16) + Float.intBitsToFloat((int) b << 16));
            case INT64, INT32, UINT8, BOOL -> a + b;
        };
    }

    /** Rounds to nearest even. */
    static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The number that the bits of an element stand for. */
    static double value(DType dtype, long bits) {
        return switch (dtype) {
            case FLOAT64 -> Double.longBitsToDouble(bits);
            case FLOAT32 -> Float.intBitsToFloat((int) bits);
            case FLOAT16 -> Float.float16ToFloat((short) bits);
            case BFLOAT16 -> Float.intBitsToFloat((int) bits << 16);
            case INT64, INT32 -> bits;
            case UINT8, BOOL -> bits & 0xFF;
        };
    }

    /**
     * How far a sum in any order may be from the true one: a unit in the last place of the sum of magnitudes for each
     * addition; integers are exact in every order.
     */
    static double bound(DType dtype, double[] values) {
        double magnitudes = 0;
        for (double value : values) {
            magnitudes += Math.abs(value);
        }
        int bits = switch (dtype) {
            case FLOAT64 -> 52;
            case FLOAT32 -> 23;
            case FLOAT16 -> 10;
            case BFLOAT16 -> 7;
            case INT64, INT32, UINT8, BOOL -> 62;
        };
        return 2 * values.length * Math.scalb(magnitudes, -bits) + Double.MIN_NORMAL;
    }
}
