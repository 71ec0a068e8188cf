package dev.javelin.tck.strategy;

import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ModelInventory.LayerInfo;
import dev.javelin.spi.strategy.ModelInventory.ParameterInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Models as strategies see them: usual ones, and those at the edges. */
final class Inventories {
    private final List<ParameterInfo> parameters = new ArrayList<>();
    private final List<LayerInfo> layers = new ArrayList<>();

    private Inventories() {}

    static SequencedMap<String, ModelInventory> all() {
        SequencedMap<String, ModelInventory> all = new LinkedHashMap<>();
        all.put("empty", new Inventories().layer("", "Nothing").inventory());
        all.put("one", new Inventories().layer("", "Linear", "weight").inventory());
        all.put("blocks", blocks(4).inventory());
        all.put(
                "frozen",
                new Inventories()
                        .layer("", "Net")
                        .layer("a", "Linear", "weight", "!bias")
                        .inventory());
        all.put(
                "all frozen",
                new Inventories()
                        .layer("", "Net")
                        .layer("a", "Linear", "!weight")
                        .inventory());
        all.put(
                "large",
                new Inventories()
                        .layer("", "Net")
                        .sized("a", 30_000_000)
                        .sized("b", 1)
                        .inventory());
        all.put(
                "odd names",
                new Inventories()
                        .layer("", "Net")
                        .layer("h.0.x", "Linear", "w.1")
                        .layer("reduce", "Linear", "root")
                        .inventory());
        return all;
    }

    private static Inventories blocks(int count) {
        Inventories model = new Inventories().layer("", "Gpt").layer("wte", "Embedding", "weight");
        for (int i = 0; i < count; i++) {
            model.layer("h." + i, "Block").layer("h." + i + ".fc", "Linear", "weight", "bias");
        }
        return model.layer("ln_f", "LayerNorm", "scale", "shift");
    }

    /** A layer with parameters of 1000 elements; those that begin with ! are frozen. */
    private Inventories layer(String path, String type, String... names) {
        List<String> paths = new ArrayList<>();
        for (String name : names) {
            boolean frozen = name.startsWith("!");
            String own = frozen ? name.substring(1) : name;
            String full = path.isEmpty() ? own : path + "." + own;
            paths.add(full);
            parameters.add(new ParameterInfo(full, Shape.of(1000), DType.FLOAT32, !frozen, frozen ? "" : "default"));
        }
        layers.add(new LayerInfo(path, type, paths));
        return this;
    }

    private Inventories sized(String path, long elements) {
        String full = path + ".weight";
        parameters.add(new ParameterInfo(full, Shape.of(elements), DType.FLOAT32, true, "default"));
        layers.add(new LayerInfo(path, "Linear", List.of(full)));
        return this;
    }

    private ModelInventory inventory() {
        return new ModelInventory(parameters, layers);
    }
}
