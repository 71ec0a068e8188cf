package dev.javelin.engine.checkpoint;

import dev.javelin.api.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The elements of a matrix whose rows are the columns of another. The other is held in memory, outside the heap, while it
 * is being written, from the first element to the last: one matrix at a time.
 */
final class TransposedSource implements SafetensorsWriter.Source {
    private final TensorType type;
    private final SafetensorsWriter.Source other;
    private @Nullable MemorySegment held;

    /**
     * @param type of the result, [R, C]
     * @param other elements of the other, [C, R]
     */
    TransposedSource(TensorType type, SafetensorsWriter.Source other) {
        this.type = type;
        this.other = other;
    }

    @Override
    public void read(long element, MemorySegment destination) {
        MemorySegment matrix = held;
        if (matrix == null) {
            matrix = Arena.ofAuto().allocate(Math.max(1, type.bytes()), 64);
            other.read(0, matrix.asSlice(0, type.bytes()));
            held = matrix;
        }
        long rows = type.shape().dim(0);
        long columns = type.shape().dim(1);
        int width = type.dtype().bytes();
        long count = destination.byteSize() / width;
        for (long i = 0; i < count; i++) {
            long at = element + i;
            copy(matrix, at % columns * rows + at / columns, destination, i, width);
        }
        if (element + count == type.elements()) {
            held = null;
        }
    }

    private static void copy(MemorySegment from, long source, MemorySegment to, long target, int width) {
        switch (width) {
            case 8 ->
                to.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, target, from.getAtIndex(ValueLayout.JAVA_LONG, source));
            case 4 ->
                to.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, target, from.getAtIndex(ValueLayout.JAVA_INT, source));
            case 2 ->
                to.setAtIndex(
                        ValueLayout.JAVA_SHORT_UNALIGNED, target, from.getAtIndex(ValueLayout.JAVA_SHORT, source));
            default -> throw new IllegalArgumentException("elements of " + width + " bytes");
        }
    }
}
