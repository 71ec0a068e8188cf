package dev.javelin.engine.checkpoint;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How the parameters of a model are called and laid out in the files of another system.
 *
 * @param tensors all parameters
 * @param prefix with which names may stand, or without it
 * @param copies tensors that may be there besides and then equal a parameter: name there → path here
 * @param constant tells tensors that may be there and are no parameters
 */
public record ForeignLayout(
        List<Tensor> tensors, String prefix, Map<String, String> copies, Predicate<String> constant) {

    /**
     * A parameter.
     *
     * @param name there
     * @param transposed whether the matrix there is the transposed one
     */
    public record Tensor(String path, String name, boolean transposed) {}

    public ForeignLayout {
        tensors = List.copyOf(tensors);
        copies = Map.copyOf(copies);
    }

    /** The names and the layout that parameters have here. */
    public static ForeignLayout own(Iterable<String> paths) {
        List<Tensor> tensors = new java.util.ArrayList<>();
        paths.forEach(path -> tensors.add(new Tensor(path, path, false)));
        return new ForeignLayout(tensors, "", Map.of(), name -> false);
    }
}
