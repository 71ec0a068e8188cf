package dev.javelin.api;

import java.util.List;
import java.util.function.Supplier;

/**
 * The program that a tensor belongs to, while it is being written. Model code seldom needs it: the methods of
 * {@link Tensor} and {@link Layer} write to it. One graph is written by one thread.
 */
public interface Graph {

    /** Appends an instruction and returns its outputs. Shape errors carry the layer's path and the user's line. */
    List<Tensor> emit(Operation operation, List<Tensor> inputs);

    default Tensor emit(Operation operation, Tensor... inputs) {
        return emit(operation, List.of(inputs)).getFirst();
    }

    /** The value of a parameter; the same tensor at every use within one graph. */
    Tensor parameter(Parameter parameter);

    /** True while a training step is written, false for evaluation and generation: dropout reads it. */
    boolean training();

    /**
     * The device scalars that key random operations: INT32 [6] = seed (low, high), step, micro-batch, first global
     * sample of this rank's rows, number of its rows.
     */
    Tensor random();

    /** A key for the next random call at this place: a hash of the layer's path and the number of calls there so far. */
    int randomCall();

    /** Runs {@code body} with the path of {@code layer} in force for the instructions that it writes. */
    <T> T within(Layer layer, Supplier<T> body);
}
