package dev.javelin.engine;

import dev.javelin.api.Layer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.engine.lower.Chunks;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.spi.strategy.ModelInventory;
import java.util.ArrayList;
import java.util.List;

/** Lists a model for a strategy. */
final class Inventory {
    private Inventory() {}

    static ModelInventory of(ModelPaths paths, List<ParameterGroup> groups) {
        List<ModelInventory.ParameterInfo> parameters = new ArrayList<>();
        paths.parameters()
                .forEach((path, parameter) -> parameters.add(new ModelInventory.ParameterInfo(
                        path,
                        parameter.shape(),
                        paths.dtype(),
                        parameter.trainable(),
                        parameter.trainable() && !groups.isEmpty()
                                ? Chunks.group(groups, path, parameter).name()
                                : "")));
        List<ModelInventory.LayerInfo> layers = new ArrayList<>();
        paths.root()
                .visit((path, layer) -> layers.add(
                        new ModelInventory.LayerInfo(path, layer.getClass().getSimpleName(), own(path, layer, paths))));
        return new ModelInventory(parameters, layers);
    }

    private static List<String> own(String path, Layer layer, ModelPaths paths) {
        return layer.parameters().keySet().stream()
                .map(name -> Layer.join(path, name))
                .filter(paths.parameters()::containsKey)
                .toList();
    }
}
