package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;

/** A tensor on the host: a type and its elements as bytes in native order. */
public final class Value {
    private final TensorType type;
    private final byte[] bytes;

    private Value(TensorType type, byte[] bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    public static Value ofBytes(TensorType type, byte[] bytes) {
        return new Value(type, bytes.clone());
    }

    public static Value of(TensorType type, double... values) {
        if (values.length != type.elements()) {
            throw new IllegalArgumentException(values.length + " values for " + type);
        }
        return generate(type, i -> values[i]);
    }

    /** Elements given as doubles, rounded to the type (BF16: cut off). */
    public static Value generate(TensorType type, IntToDoubleFunction element) {
        ByteBuffer buffer = buffer(new byte[(int) type.bytes()]);
        for (int i = 0; i < type.elements(); i++) {
            double value = element.applyAsDouble(i);
            switch (type.dtype()) {
                case FLOAT64 -> buffer.putDouble(value);
                case FLOAT32 -> buffer.putFloat((float) value);
                case INT64 -> buffer.putLong((long) value);
                case INT32 -> buffer.putInt((int) value);
                case FLOAT16 -> buffer.putShort(Float.floatToFloat16((float) value));
                case BFLOAT16 -> buffer.putShort((short) (Float.floatToRawIntBits((float) value) >>> 16));
                default -> buffer.put((byte) (int) value);
            }
        }
        return new Value(type, buffer.array());
    }

    /** Normally distributed numbers with this deviation. */
    public static Value normal(TensorType type, RandomGenerator random, double deviation) {
        return generate(type, i -> random.nextGaussian() * deviation);
    }

    /** The same numbers as FLOAT64 if they are floating, for an oracle. */
    public Value wide() {
        return type.dtype().floating() ? generate(type.withDType(DType.FLOAT64), this::at) : this;
    }

    /** The same numbers in another type. */
    public Value as(DType dtype) {
        return generate(type.withDType(dtype), this::at);
    }

    public TensorType type() {
        return type;
    }

    public byte[] toBytes() {
        return bytes.clone();
    }

    public int count() {
        return (int) type.elements();
    }

    public double at(int index) {
        ByteBuffer buffer = buffer(bytes);
        return switch (type.dtype()) {
            case FLOAT64 -> buffer.getDouble(index * 8);
            case FLOAT32 -> buffer.getFloat(index * 4);
            case INT64 -> buffer.getLong(index * 8);
            case INT32 -> buffer.getInt(index * 4);
            case FLOAT16 -> Float.float16ToFloat(buffer.getShort(index * 2));
            case BFLOAT16 -> Float.intBitsToFloat(buffer.getShort(index * 2) << 16);
            case UINT8 -> buffer.get(index) & 0xFF;
            default -> buffer.get(index);
        };
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value value && type.equals(value.type) && Arrays.equals(bytes, value.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return type.toString();
    }
}
