package dev.javelin.strategy.single;

import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ModelInventory.LayerInfo;
import dev.javelin.spi.strategy.ModelInventory.ParameterInfo;
import dev.javelin.spi.strategy.Unit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Cuts a model into units by its layers: one for each block, and one for each layer beside the blocks or beside a layer
 * that holds them.
 *
 * <p>Blocks are layers of one type under one parent, two or more, that hold parameters and have layers of their own; if
 * there are several such families, the one with the most elements counts. So {@code wte, wpe, h.0, h.1, …, ln_f} are the
 * units of a GPT whether its blocks hang from the root or from a container {@code h}. A model without blocks is cut at
 * the first layer from the root that has two children with parameters.
 *
 * <p>A parameter is in the unit of the layer that declares it, however many layers use it; the parameters that a layer
 * above the cut declares itself form a unit with its name ({@code root} for the root).
 */
final class LayerUnits {
    private static final String ROOT = "";

    private final Map<String, LayerInfo> layers = new LinkedHashMap<>();
    private final Map<String, List<String>> children = new HashMap<>();
    private final Map<String, Long> elements = new HashMap<>();

    private LayerUnits(ModelInventory model) {
        Map<String, Long> sizes = new HashMap<>();
        for (ParameterInfo parameter : model.parameters()) {
            sizes.put(parameter.path(), parameter.shape().elements());
        }
        for (LayerInfo layer : model.layers()) {
            layers.put(layer.path(), layer);
            children.put(layer.path(), new ArrayList<>());
            if (!layer.path().equals(ROOT)) {
                childrenOf(parent(layer.path())).add(layer.path());
            }
            long own = layer.parameters().stream()
                    .mapToLong(path -> sizes.getOrDefault(path, 0L))
                    .sum();
            for (String at = layer.path(); ; at = parent(at)) {
                elements.merge(at, own, Long::sum);
                if (at.equals(ROOT)) {
                    break;
                }
            }
        }
    }

    /** Units that hold each parameter once, in the order of declaration. */
    static List<Unit> of(ModelInventory model) {
        LayerUnits cut = new LayerUnits(model);
        String blocksParent = cut.blocksParent();
        Map<String, String> owners = new HashMap<>();
        for (LayerInfo layer : model.layers()) {
            layer.parameters().forEach(path -> owners.putIfAbsent(path, layer.path()));
        }
        Map<String, List<String>> units = new LinkedHashMap<>();
        for (ParameterInfo parameter : model.parameters()) {
            String owner = owners.getOrDefault(parameter.path(), ROOT);
            units.computeIfAbsent(cut.unitOf(owner, blocksParent), name -> new ArrayList<>())
                    .add(parameter.path());
        }
        List<Unit> result = new ArrayList<>();
        units.forEach((path, parameters) -> result.add(new Unit(path.equals(ROOT) ? "root" : path, parameters)));
        return result;
    }

    /** The layer whose children are blocks. */
    private String blocksParent() {
        String best = ROOT;
        long most = 0;
        for (String parent : layers.keySet()) {
            Map<String, List<String>> families = new LinkedHashMap<>();
            for (String child : childrenOf(parent)) {
                if (size(child) > 0 && !childrenOf(child).isEmpty()) {
                    families.computeIfAbsent(type(child), type -> new ArrayList<>())
                            .add(child);
                }
            }
            for (List<String> family : families.values()) {
                long total = family.stream().mapToLong(this::size).sum();
                if (family.size() >= 2 && total > most) {
                    best = parent;
                    most = total;
                }
            }
        }
        return most > 0 ? best : firstFork();
    }

    /** From the root down, past layers that have only one child with parameters. */
    private String firstFork() {
        String at = ROOT;
        while (true) {
            List<String> holders =
                    childrenOf(at).stream().filter(child -> size(child) > 0).toList();
            if (holders.size() != 1 || childrenOf(holders.getFirst()).isEmpty()) {
                return at;
            }
            at = holders.getFirst();
        }
    }

    /** The highest layer from the owner up that neither is nor holds the blocks' parent; else the owner itself. */
    private String unitOf(String owner, String blocksParent) {
        String unit = owner;
        for (String at = owner; !holds(at, blocksParent); at = parent(at)) {
            unit = at;
        }
        return unit;
    }

    private static boolean holds(String layer, String path) {
        return layer.equals(ROOT) || path.equals(layer) || path.startsWith(layer + ".");
    }

    /** The layer with the longest path that this path lies under: names of children may have dots. */
    private String parent(String path) {
        for (int dot = path.lastIndexOf('.'); dot >= 0; dot = path.lastIndexOf('.', dot - 1)) {
            if (layers.containsKey(path.substring(0, dot))) {
                return path.substring(0, dot);
            }
        }
        return ROOT;
    }

    private List<String> childrenOf(String path) {
        return children.computeIfAbsent(path, key -> new ArrayList<>());
    }

    private long size(String path) {
        return elements.getOrDefault(path, 0L);
    }

    private String type(String path) {
        return Objects.requireNonNull(layers.get(path)).type();
    }
}
