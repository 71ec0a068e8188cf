package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.DType;

/**
 * Reads and writes the elements of one type. As double: exact for all types but INT64 beyond 2⁵³; writing rounds to
 * nearest even for the floating types, and truncates and saturates for the integers (NaN becomes 0). As long: exact for
 * the integers; writing keeps the low bits. BOOL is 1 where the value is not 0.
 */
abstract sealed class Elements {
    private static final Elements FLOAT64 = new Float64();
    private static final Elements FLOAT32 = new Float32();
    private static final Elements FLOAT16 = new Float16();
    private static final Elements BFLOAT16 = new BFloat16();
    private static final Elements INT64 = new Int64();
    private static final Elements INT32 = new Int32();
    private static final Elements UINT8 = new UInt8();
    private static final Elements BOOL = new Bool();

    static Elements of(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> FLOAT64;
            case FLOAT32 -> FLOAT32;
            case INT64 -> INT64;
            case INT32 -> INT32;
            case UINT8 -> UINT8;
            case BOOL -> BOOL;
            case FLOAT16 -> FLOAT16;
            case BFLOAT16 -> BFLOAT16;
        };
    }

    /** Element {@code index} of the array at {@code base}. */
    abstract double get(long base, long index);

    abstract void set(long base, long index, double value);

    /** The value as this type would hold it. */
    abstract double round(double value);

    long getLong(long base, long index) {
        return (long) get(base, index);
    }

    void setLong(long base, long index, long value) {
        set(base, index, value);
    }

    private static final class Float64 extends Elements {
        @Override
        double get(long base, long index) {
            return Memory.getDouble(base + index * 8);
        }

        @Override
        void set(long base, long index, double value) {
            Memory.setDouble(base + index * 8, value);
        }

        @Override
        double round(double value) {
            return value;
        }
    }

    private static final class Float32 extends Elements {
        @Override
        double get(long base, long index) {
            return Memory.getFloat(base + index * 4);
        }

        @Override
        void set(long base, long index, double value) {
            Memory.setFloat(base + index * 4, (float) value);
        }

        @Override
        void setLong(long base, long index, long value) {
            Memory.setFloat(base + index * 4, value);
        }

        @Override
        double round(double value) {
            return (float) value;
        }
    }

    private static final class Float16 extends Elements {
        @Override
        double get(long base, long index) {
            return Float.float16ToFloat(Memory.getShort(base + index * 2));
        }

        @Override
        void set(long base, long index, double value) {
            Memory.setShort(base + index * 2, Halves.float16(value));
        }

        @Override
        double round(double value) {
            return Float.float16ToFloat(Halves.float16(value));
        }
    }

    private static final class BFloat16 extends Elements {
        @Override
        double get(long base, long index) {
            return Halves.widened(Memory.getShort(base + index * 2));
        }

        @Override
        void set(long base, long index, double value) {
            Memory.setShort(base + index * 2, Halves.bfloat16(value));
        }

        @Override
        double round(double value) {
            return Halves.widened(Halves.bfloat16(value));
        }
    }

    private static final class Int64 extends Elements {
        @Override
        double get(long base, long index) {
            return getLong(base, index);
        }

        @Override
        void set(long base, long index, double value) {
            setLong(base, index, (long) value);
        }

        @Override
        double round(double value) {
            return (long) value;
        }

        @Override
        long getLong(long base, long index) {
            return Memory.getLong(base + index * 8);
        }

        @Override
        void setLong(long base, long index, long value) {
            Memory.setLong(base + index * 8, value);
        }
    }

    private static final class Int32 extends Elements {
        @Override
        double get(long base, long index) {
            return Memory.getInt(base + index * 4);
        }

        @Override
        void set(long base, long index, double value) {
            Memory.setInt(base + index * 4, (int) value);
        }

        @Override
        double round(double value) {
            return (int) value;
        }

        @Override
        void setLong(long base, long index, long value) {
            Memory.setInt(base + index * 4, (int) value);
        }
    }

    private static final class UInt8 extends Elements {
        @Override
        double get(long base, long index) {
            return Memory.getByte(base + index) & 0xFF;
        }

        @Override
        void set(long base, long index, double value) {
            Memory.setByte(base + index, (byte) (int) round(value));
        }

        @Override
        double round(double value) {
            return Math.clamp((long) value, 0, 255);
        }

        @Override
        void setLong(long base, long index, long value) {
            Memory.setByte(base + index, (byte) value);
        }
    }

    private static final class Bool extends Elements {
        @Override
        double get(long base, long index) {
            return Memory.getByte(base + index) == 0 ? 0 : 1;
        }

        @Override
        void set(long base, long index, double value) {
            Memory.setByte(base + index, (byte) (value != 0 ? 1 : 0));
        }

        @Override
        double round(double value) {
            return value != 0 ? 1 : 0;
        }

        @Override
        void setLong(long base, long index, long value) {
            Memory.setByte(base + index, (byte) (value != 0 ? 1 : 0));
        }
    }
}
