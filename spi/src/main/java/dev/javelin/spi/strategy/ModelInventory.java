package dev.javelin.spi.strategy;

import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import java.util.List;

/**
 * What a strategy knows of a model.
 *
 * @param parameters in the order of declaration
 * @param layers of the layer tree, parents before children; the root has the empty path
 */
public record ModelInventory(List<ParameterInfo> parameters, List<LayerInfo> layers) {
    public ModelInventory {
        parameters = List.copyOf(parameters);
        layers = List.copyOf(layers);
    }

    /** Number of elements of all parameters. */
    public long elements() {
        return parameters.stream().mapToLong(p -> p.shape().elements()).sum();
    }

    /**
     * @param group name of its optimizer group
     */
    public record ParameterInfo(String path, Shape shape, DType dtype, boolean trainable, String group) {
        public long bytes() {
            return shape.elements() * dtype.bytes();
        }
    }

    /**
     * @param type simple name of the layer's class
     * @param parameters paths of the parameters that it declares itself
     */
    public record LayerInfo(String path, String type, List<String> parameters) {
        public LayerInfo {
            parameters = List.copyOf(parameters);
        }
    }
}
