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
     * Memory that a program leaves for the next one, as it is when this program starts; zero before the first. All
     * programs of a compilation that name it share it, under the path of the layer in force. It changes by operations that
     * work in place ({@link Tensor#writeRows}). Only for inference: it is in no checkpoint.
     *
     * @throws JavelinException {@code JVL-API-0040} where none is kept: in a training or validation step
     */
    default Tensor state(String name, TensorType type) {
        throw new JavelinException(
                "JVL-API-0040",
                "the state '" + name + "' is asked for where none is kept from one program to the next",
                "keep it in a parameter, or ask for it in inference only: state is in no checkpoint");
    }

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
