package dev.javelin.api;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Rows of equal form that can be read in any order: shuffling, splitting over ranks, resuming and padding are the
 * trainer's business. Reading is thread-safe.
 */
public interface Dataset extends AutoCloseable {

    /**
     * One named part of a row.
     *
     * @param name as the training module asks for it
     * @param row type of one row's part, without the batch dim
     * @param padding value of the elements of rows that pad the last batch (for class targets: the ignored index)
     */
    record Field(String name, TensorType row, double padding) {}

    List<Field> fields();

    long rows();

    /**
     * Writes one row's part, in native byte order.
     *
     * @param destination of {@code row.bytes()} bytes, any alignment
     */
    void read(long row, Field field, MemorySegment destination);

    @Override
    default void close() {}
}
