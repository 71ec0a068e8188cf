package dev.javelin.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * A piece of a model: parameters, child layers and a forward computation, written as for one device. The constructor
 * declares ({@link #parameter}, {@link #child}); {@link #forward} writes instructions. Nothing is allocated.
 *
 * <pre>{@code
 * final class Mlp extends Layer {
 *     private final Linear in, out;
 *     Mlp(long width) {
 *         in = child("in", new Linear(width, 4 * width));
 *         out = child("out", new Linear(4 * width, width));
 *     }
 *     protected Tensor forward(Tensor x) {          // [B, T, C]
 *         return out.apply(in.apply(x).gelu());      // [B, T, C]
 *     }
 * }
 * }</pre>
 */
public abstract class Layer {
    private final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();
    private final SequencedMap<String, Layer> children = new LinkedHashMap<>();

    /** Declares a trainable parameter of this layer. */
    protected final Parameter parameter(String name, Shape shape, Initializer initializer) {
        return declare(new Parameter(name, shape, initializer, true));
    }

    /** Declares a parameter that is never updated. */
    protected final Parameter frozenParameter(String name, Shape shape, Initializer initializer) {
        return declare(new Parameter(name, shape, initializer, false));
    }

    private Parameter declare(Parameter parameter) {
        requireFree(parameter.name());
        parameters.put(parameter.name(), parameter);
        return parameter;
    }

    /** Declares a child; its name may hold dots ({@code h.0}). Returns the child. */
    protected final <L extends Layer> L child(String name, L layer) {
        requireFree(name);
        children.put(name, layer);
        return layer;
    }

    private void requireFree(String name) {
        if (parameters.containsKey(name) || children.containsKey(name)) {
            throw new JavelinException(
                    "JVL-API-0006",
                    "layer " + getClass().getSimpleName() + " declares '" + name + "' twice",
                    "give each parameter and child its own name");
        }
    }

    /** Writes this layer's computation. Called through {@link #apply}, which keeps the path. */
    protected abstract Tensor forward(Tensor input);

    /** Writes this layer into the program of {@code input}. */
    public final Tensor apply(Tensor input) {
        return input.graph().within(this, () -> forward(input));
    }

    /** For layers with other signatures: runs {@code body} with this layer's path in force. */
    protected final <T> T within(Tensor any, Supplier<T> body) {
        return any.graph().within(this, body);
    }

    /** Own parameters by name, in the order of declaration. */
    public final Map<String, Parameter> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    /** Own children by name, in the order of declaration. */
    public final Map<String, Layer> children() {
        return Collections.unmodifiableMap(children);
    }

    /** Visits this layer and all below it, depth first, with their paths; the root's path is empty. */
    public final void visit(BiConsumer<String, Layer> visitor) {
        visit("", visitor);
    }

    private void visit(String path, BiConsumer<String, Layer> visitor) {
        visitor.accept(path, this);
        children.forEach((name, child) -> child.visit(join(path, name), visitor));
    }

    /** All parameters of the tree by path; a shared parameter appears once, at its first path. */
    public final SequencedMap<String, Parameter> allParameters() {
        SequencedMap<String, Parameter> all = new LinkedHashMap<>();
        Map<Parameter, String> seen = new java.util.IdentityHashMap<>();
        visit((path, layer) -> layer.parameters.forEach((name, parameter) -> {
            if (seen.putIfAbsent(parameter, path) == null) {
                all.put(join(path, name), parameter);
            }
        }));
        return all;
    }

    /** Joins a path and a name with a dot. */
    public static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
