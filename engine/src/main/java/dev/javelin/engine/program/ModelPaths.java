package dev.javelin.engine.program;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Parameter;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** The paths of a model's layers and parameters, by identity, and the dtype its parameters are computed in. */
public final class ModelPaths {
    private final Map<Layer, String> layers = new IdentityHashMap<>();
    private final Map<Parameter, String> parameters = new IdentityHashMap<>();
    private final SequencedMap<String, Parameter> byPath;
    private final Layer root;
    private final DType dtype;

    public ModelPaths(Layer root, DType dtype) {
        this.root = root;
        this.dtype = dtype;
        root.visit((path, layer) -> layers.putIfAbsent(layer, path));
        byPath = root.allParameters();
        byPath.forEach((path, parameter) -> parameters.put(parameter, path));
    }

    public DType dtype() {
        return dtype;
    }

    public Layer root() {
        return root;
    }

    /** All parameters by path, in the order of declaration. */
    public SequencedMap<String, Parameter> parameters() {
        return byPath;
    }

    /** The layer's path; its class name if it is not part of the tree. */
    public String path(Layer layer) {
        return layers.getOrDefault(layer, layer.getClass().getSimpleName());
    }

    /**
     * The parameter's path.
     *
     * @throws JavelinException {@code JVL-API-0021} if its layer is not part of the model's tree
     */
    public String path(Parameter parameter) {
        String path = parameters.get(parameter);
        if (path == null) {
            throw new JavelinException(
                    "JVL-API-0021",
                    "parameter " + parameter + " belongs to a layer outside the model's tree",
                    "declare that layer with child(name, layer) in its parent's constructor");
        }
        return path;
    }
}
