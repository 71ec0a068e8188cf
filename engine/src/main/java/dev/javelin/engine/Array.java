package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.engine.run.Numbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A tensor's values in host memory, row-major; freed by the garbage collector. */
public record Array(TensorType type, MemorySegment memory) {

    public static Array zeros(TensorType type) {
        return new Array(
                type, Arena.ofAuto().allocate(Math.max(1, type.bytes()), 64).asSlice(0, type.bytes()));
    }

    /** FLOAT32 values under a shape. */
    public static Array of(Shape shape, float... values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return of(DType.FLOAT32, shape, doubles);
    }

    /** INT32 values under a shape. */
    public static Array of(Shape shape, int... values) {
        return of(DType.INT32, shape, Arrays.stream(values).asDoubleStream().toArray());
    }

    /**
     * Values of any dtype under a shape.
     *
     * @throws JavelinException {@code JVL-API-0023} if their number does not fit the shape
     */
    public static Array of(DType dtype, Shape shape, double... values) {
        if (values.length != shape.elements()) {
            throw new JavelinException(
                    "JVL-API-0023",
                    values.length + " values for the shape " + shape,
                    "give " + shape.elements() + " values");
        }
        Array array = zeros(new TensorType(dtype, shape));
        for (int i = 0; i < values.length; i++) {
            Numbers.set(array.memory, dtype, i, values[i]);
        }
        return array;
    }

    public double get(long index) {
        return Numbers.get(memory, type.dtype(), index);
    }

    /** All values as doubles, row-major. */
    public double[] toDoubles() {
        double[] values = new double[Math.toIntExact(type.elements())];
        Arrays.setAll(values, this::get);
        return values;
    }

    @Override
    public String toString() {
        return Numbers.text(memory, type);
    }
}
