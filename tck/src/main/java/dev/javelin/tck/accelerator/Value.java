package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.engine.run.Numbers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongToDoubleFunction;

/** A tensor on the host: its type, and its elements as they lie in device memory. Nobody changes the bytes. */
record Value(TensorType type, byte[] bytes) {

    /** Elements given as numbers, rounded to the type. */
    static Value of(TensorType type, double... values) {
        if (values.length != type.elements()) {
            throw new IllegalArgumentException(values.length + " numbers for " + type);
        }
        return generate(type, i -> values[(int) i]);
    }

    static Value generate(TensorType type, LongToDoubleFunction element) {
        MemorySegment memory = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes())]);
        for (long i = 0; i < type.elements(); i++) {
            double value = element.applyAsDouble(i);
            Numbers.set(
                    memory,
                    type.dtype(),
                    i,
                    type.dtype().floating() ? Format.of(type.dtype()).rounded(value) : value);
        }
        return new Value(type, memory.toArray(ValueLayout.JAVA_BYTE));
    }

    double at(long index) {
        return Numbers.get(MemorySegment.ofArray(bytes), type.dtype(), index);
    }

    /** An element's bits. */
    long bitsAt(long index) {
        MemorySegment memory = MemorySegment.ofArray(bytes);
        return switch (type.dtype().bytes()) {
            case 8 -> memory.get(ValueLayout.JAVA_LONG_UNALIGNED, index * 8);
            case 4 -> memory.get(ValueLayout.JAVA_INT_UNALIGNED, index * 4);
            case 2 -> memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2);
            default -> memory.get(ValueLayout.JAVA_BYTE, index);
        };
    }

    /** The same numbers in FLOAT64, if they are floating. */
    Value widened() {
        return type.dtype().floating() ? as(DType.FLOAT64) : this;
    }

    /** The numbers rounded to another floating type. */
    Value as(DType dtype) {
        return dtype == type.dtype() ? this : generate(type.withDType(dtype), this::at);
    }

    /** Magnitudes, of floating numbers. */
    Value absolute() {
        return type.dtype().floating() ? generate(type, i -> Math.abs(at(i))) : this;
    }

    /** The largest finite magnitude; 0 if there is none. */
    double largest() {
        double largest = 0;
        for (long i = 0; type.dtype().floating() && i < type.elements(); i++) {
            double magnitude = Math.abs(at(i));
            largest = Double.isFinite(magnitude) ? Math.max(largest, magnitude) : largest;
        }
        return largest;
    }
}
